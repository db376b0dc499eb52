"""What Home Assistant is told: golden files, and what its templates make of a `state`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec.structs import replace

from core import wire
from core.homeassistant import EXPIRE_S, RULES, birth_topic, discovery, discovery_topics
from core.rules import RULES as MEAN_RULES
from core.rules import STANDING, SUSTAINED, TIME_OVER, TOO_OFTEN
from tests.core.make_golden import FOLDER, INFO, STATE, homeassistant

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "homeassistant"
ROOT = "reflexmat/v1/demo"
KNOWN = replace(STATE, zones={"l_toes": STATE.zones["l_toes"]}, alarms=())


def told(info: wire.Info = INFO, prefix: str = PREFIX) -> dict[str, dict[str, Any]]:
    """Configuration of each entity by its key."""
    return {
        where.split("/")[-2].removeprefix("reflexmat_"): json.loads(payload)
        for where, payload in discovery(info, prefix).items()
    }


def shown(key: str, state: wire.State, template: str = "value_template") -> str:
    """What an entity shows; `None` is unknown to Home Assistant."""
    made = ImmutableSandboxedEnvironment().from_string(told()[key][template])
    return made.render(value_json=json.loads(wire.encode(state)))


def test_discovery_is_as_it_was() -> None:
    assert homeassistant() == (FOLDER / "homeassistant.json").read_bytes()


def test_every_topic_is_named_for_removal_and_no_other() -> None:
    assert discovery_topics("demo", "ha/x") == tuple(discovery(INFO, "ha/x"))
    assert len(set(discovery_topics("demo", "ha/x"))) == len(discovery_topics("demo", "ha/x"))
    assert all(where.startswith("ha/x/") for where in discovery_topics("demo", "ha/x"))
    assert birth_topic("ha/x") == "ha/x/status"


def test_every_alarm_has_an_entity() -> None:
    rules = {rule.name for rule in MEAN_RULES} | {SUSTAINED, STANDING, TIME_OVER, TOO_OFTEN}
    assert set(RULES) == rules


def test_every_entity_stands_on_one_device_under_an_id_of_its_own() -> None:
    configs = told()
    (device,) = {json.dumps(config["device"]) for config in configs.values()}
    assert json.loads(device) == {
        "identifiers": ["reflexmat_demo"],
        "name": "Mat demo",
        "manufacturer": "reflexmat",
        "model": "Größe — small (simulator)",
        "sw_version": "0.1.0",
    }
    assert len({config["unique_id"] for config in configs.values()}) == len(configs)
    assert len({config["name"] for config in configs.values()}) == len(configs)


def test_nothing_looks_good_when_the_mat_is_silent() -> None:
    for key, config in told().items():
        if key == "connection":
            assert config["state_topic"] == f"{ROOT}/status"
            assert (config["payload_on"], config["payload_off"]) == ("online", "offline")
            continue
        assert config["state_topic"] == f"{ROOT}/state"
        if key == "measuring":
            # Off, rather than unavailable: so it must not depend on `status`.
            assert config["off_delay"] == EXPIRE_S
            assert "availability_topic" not in config
            continue
        assert config["expire_after"] == EXPIRE_S
        assert config["availability_topic"] == f"{ROOT}/status"
        assert config["payload_available"] == "online"
        assert config["payload_not_available"] == "offline"


def test_the_total_is_unknown_while_a_zone_is() -> None:
    assert shown("total_weight", KNOWN) == "72.0"
    assert shown("total_weight", STATE) == "None"
    assert shown("total_weight", replace(KNOWN, total_n=None)) == "None"


def test_the_share_is_unknown_and_never_nought() -> None:
    assert shown("left_share", KNOWN) == "None"
    assert shown("left_share", replace(KNOWN, left_share_pct=52.1)) == "52.1"


def test_alarms_show_by_priority_and_rule() -> None:
    expected: Mapping[str, str] = {"high_alarm": "ON", "alarm_limit": "ON", "fault": "ON"}
    assert shown("low_alarm", STATE) == "ON"  # the fault is of low priority
    for key, value in expected.items():
        assert shown(key, STATE) == value
        assert shown(key, KNOWN) == "OFF"


@pytest.mark.parametrize("key", ["medium_alarm", "alarm_warning", "alarm_time_over"])
def test_without_an_alarm_it_is_off_only_while_every_zone_is_read(key: str) -> None:
    assert shown(key, KNOWN) == "OFF"
    assert shown(key, STATE) == "None"


def test_a_priority_that_nobody_knows_is_the_gravest() -> None:
    strange = replace(STATE.alarms[1], priority="extreme")
    state = replace(KNOWN, alarms=(strange,))
    keys = ("high_alarm", "medium_alarm", "low_alarm")
    assert [shown(key, state) for key in keys] == ["ON", "OFF", "OFF"]


def test_attributes_say_what_to_do_and_where() -> None:
    said = json.loads(shown("high_alarm", STATE, "json_attributes_template"))
    assert said == {"instructions": ["Lift your left toes"], "zones": ["l_toes"]}
    mat = replace(STATE.alarms[0], rule="time_over", zone=None, instruction='Don\'t "stay"')
    said = json.loads(
        shown("alarm_time_over", replace(KNOWN, alarms=(mat, mat)), "json_attributes_template")
    )
    assert said == {"instructions": ['Don\'t "stay"'], "zones": []}


def test_session_and_measuring() -> None:
    assert shown("session", KNOWN) == "OFF"
    assert shown("session", replace(KNOWN, session="a1")) == "ON"
    assert shown("measuring", STATE) == "ON"
    unknown = replace(STATE, zones={"r_heel": STATE.zones["r_heel"]})
    assert shown("measuring", unknown) == "OFF"


def test_the_docs_name_every_entity() -> None:
    text = (Path(__file__).parents[2] / "docs" / "homeassistant.md").read_text("utf-8")
    table = text.partition("| entity |")[2].partition("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in row.split("|")[1].split(",")]
    assert [name.strip() for name in named] == [config["name"] for config in told().values()]
    assert f"{len(named)} entities" in text
    assert f"{len(named)} of {len(named)} taken" in text
