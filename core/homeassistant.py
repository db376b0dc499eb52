"""What Home Assistant is told of a mat: one discovery message for each entity.

Every template reads `state` and `status` as `core.wire` words them. Made for Home Assistant's MQTT
integration, which takes a retained configuration for each entity and removes it on an empty one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from core.wire import OFFLINE, ONLINE, topic

if TYPE_CHECKING:
    from core.wire import Info

EXPIRE_S = 10
"""A mat whose `state`, due every second, has not come for so long is not shown as good."""

_ON, _OFF = "ON", "OFF"
_UNKNOWN = "value_json.zones.values() | selectattr('level', 'eq', 'unknown') | list"
_KG = "(value_json.total_n / 9.80665) | round(1)"

RULES = {
    "advisory": "Advisory",
    "warning": "Warning",
    "limit": "Limit",
    "excluded_contact": "Excluded zone touched",
    "overload": "Overload",
    "sustained": "Long load",
    "standing_not_allowed": "Standing not allowed",
    "time_over": "Time over",
    "too_often": "Too often",
}
"""Alarms that have an entity of their own, and its name; faults share one."""

_PRIORITIES = {
    # Whatever a reader does not know counts as the gravest (docs/protocol.md).
    "high": "rejectattr('priority', 'in', ['low', 'medium'])",
    "medium": "selectattr('priority', 'eq', 'medium')",
    "low": "selectattr('priority', 'eq', 'low')",
}


class _Entity(NamedTuple):
    """One entity: the kind of it, its key within the mat, and what is particular to it."""

    platform: str
    key: str
    config: dict[str, Any]


def discovery(info: Info, prefix: str) -> dict[str, bytes]:
    """Describe every entity of a mat.

    Parameters
    ----------
    info : Info
    prefix : str
        Where Home Assistant looks for devices.

    Returns
    -------
    dict of str to bytes
        Payload, to be retained, of each topic.
    """
    device = _device(info)
    return {
        _config_topic(info.mat, prefix, entity): msgspec.json.encode(
            {**entity.config, "unique_id": f"reflexmat_{info.mat}_{entity.key}", **device}
        )
        for entity in _entities(info.mat)
    }


def discovery_topics(mat: str, prefix: str) -> tuple[str, ...]:
    """Name every topic that `discovery` fills for a mat."""
    return tuple(_config_topic(mat, prefix, entity) for entity in _entities(mat))


def birth_topic(prefix: str) -> str:
    """Where Home Assistant says `online` when it starts."""
    return f"{prefix}/status"


def _config_topic(mat: str, prefix: str, entity: _Entity) -> str:
    # The bare id of the mat, since brokers can grant only a whole level (deploy/).
    return f"{prefix}/{entity.platform}/{mat}/reflexmat_{entity.key}/config"


def _device(info: Info) -> dict[str, Any]:
    return {
        "device": {
            "identifiers": [f"reflexmat_{info.mat}"],
            "name": f"Mat {info.mat}",
            "manufacturer": "reflexmat",
            # With the source, so that a simulated mat is not taken for a real one.
            "model": f"{info.layout.name} ({info.source})",
            "sw_version": info.software,
        },
        "origin": {"name": "reflexmat", "sw_version": info.software},
    }


def _entities(mat: str) -> tuple[_Entity, ...]:
    state, status = topic(mat, "state"), topic(mat, "status")
    words = {
        "availability_topic": status,
        "payload_available": ONLINE.decode(),
        "payload_not_available": OFFLINE.decode(),
        "expire_after": EXPIRE_S,
    }
    return (
        *(_sensor(state, words, *row) for row in _SENSORS),
        *(_binary(state, words, row) for row in _binary_rows()),
        _measuring(state),
        _connection(status),
    )


_SENSORS = (
    # A total without a zone that cannot be read would be a wrong value shown as good.
    (
        "total_weight",
        f"{{{{ none if value_json.total_n is none or {_UNKNOWN} else {_KG} }}}}",
        {
            "name": "Total weight",
            "device_class": "weight",
            "unit_of_measurement": "kg",
            "state_class": "measurement",
        },
    ),
    (
        "left_share",
        "{{ value_json.left_share_pct }}",
        {
            "name": "Left share",
            "icon": "mdi:scale-balance",
            "unit_of_measurement": "%",
            "state_class": "measurement",
        },
    ),
)


def _sensor(
    state: str, words: dict[str, Any], key: str, template: str, own: dict[str, Any]
) -> _Entity:
    config = {**own, "state_topic": state, "value_template": template, **words}
    return _Entity("sensor", key, config)


class _Found(NamedTuple):
    """A binary entity that is on while something is found in `state`."""

    key: str
    name: str
    what: str
    own: dict[str, Any]
    otherwise: str = f"'{_OFF}'"


_PROBLEM = {"device_class": "problem"}
# Where a zone cannot be read nobody knows that there is no alarm; `None` is unknown there.
_UNLESS_UNKNOWN = f"none if {_UNKNOWN} else '{_OFF}'"


def _binary_rows() -> tuple[_Found, ...]:
    alarms = {
        **{
            (f"{name}_alarm", f"{name.capitalize()} alarm"): which
            for name, which in _PRIORITIES.items()
        },
        **{
            (f"alarm_{rule}", name): f"selectattr('rule', 'eq', '{rule}')"
            for rule, name in RULES.items()
        },
    }
    faults = "value_json.alarms | selectattr('kind', 'eq', 'fault')"
    session = "[value_json.session] | select"
    return (
        *(
            _Found(key, name, f"value_json.alarms | {which}", _PROBLEM, _UNLESS_UNKNOWN)
            for (key, name), which in alarms.items()
        ),
        _Found("fault", "Fault", faults, _PROBLEM | {"entity_category": "diagnostic"}),
        _Found("session", "Session", session, {"device_class": "running"}),
    )


def _binary(state: str, words: dict[str, Any], row: _Found) -> _Entity:
    config = {
        "name": row.name,
        **row.own,
        "state_topic": state,
        "value_template": f"{{{{ '{_ON}' if {row.what} | list else {row.otherwise} }}}}",
        "payload_on": _ON,
        "payload_off": _OFF,
        **words,
    }
    if row.own.get("device_class") == "problem":
        config |= {"json_attributes_topic": state}
        config |= {"json_attributes_template": _attributes(row.what)}
    return _Entity("binary_sensor", row.key, config)


def _attributes(found: str) -> str:
    """Template of the words for people, and nothing that changes every second."""
    return (
        f"{{{{ {{'instructions': {found} | map(attribute='instruction') | unique | list,"
        f" 'zones': {found} | map(attribute='zone') | select | unique | list}} | tojson }}}}"
    )


def _measuring(state: str) -> _Entity:
    """Whether any zone is read now: off, and not merely unavailable, when nothing comes."""
    known = "value_json.zones.values() | rejectattr('level', 'eq', 'unknown') | list"
    config = {
        "name": "Measuring",
        "device_class": "running",
        "state_topic": state,
        "value_template": f"{{{{ '{_ON}' if {known} else '{_OFF}' }}}}",
        "payload_on": _ON,
        "payload_off": _OFF,
        "off_delay": EXPIRE_S,
    }
    return _Entity("binary_sensor", "measuring", config)


def _connection(status: str) -> _Entity:
    config = {
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": status,
        "payload_on": ONLINE.decode(),
        "payload_off": OFFLINE.decode(),
    }
    return _Entity("binary_sensor", "connection", config)
