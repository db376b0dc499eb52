"""What the room System tells of one mat, in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from core.certificate import EXPIRES_AFTER_DAYS
from dashboard.telling import several, when

if TYPE_CHECKING:
    from core import wire
    from dashboard.messages import LinkOut
    from dashboard.store.condition import MatCondition
    from dashboard.store.logs import LogHealth, LogRow

SOURCES = {"simulator": "a simulated mat", "replay": "a recording, played back"}
"""What is no real mat is said."""


class Heard(NamedTuple):
    """What is known of the mat that is shown live.

    Attributes
    ----------
    link : LinkOut
    info : Info or None
        As it last said, perhaps before it fell silent.
    state : State or None
        What it says now; None: it is not heard.
    """

    link: LinkOut
    info: wire.Info | None
    state: wire.State | None

    @property
    def is_whole(self) -> bool:
        """Whether it is heard, and what it last said of itself is of the same start."""
        state, info = self.state, self.info
        return state is not None and info is not None and info.boot_id == state.boot_id


class Remark(NamedTuple):
    """Something that needs a look, in a sentence, and what more there is to say or do."""

    words: str
    more: str


class MatView(NamedTuple):
    """A mat as it is shown.

    Attributes
    ----------
    id, name : str
    is_heard : bool
        Whether it is heard now.
    is_known : bool
        Whether all is known that "well" needs: only then may it be said.
    lines : tuple of (str, str)
        Label and text.
    alarms : tuple of Remark
        What stands on it, in its own words, gravest first.
    remarks : tuple of Remark
    """

    id: str
    name: str
    is_heard: bool
    is_known: bool
    lines: tuple[tuple[str, str], ...]
    alarms: tuple[Remark, ...]
    remarks: tuple[Remark, ...]


def view_of(found: MatCondition, heard: Heard | None, today: date) -> MatView:
    """Put what is known of a mat into words.

    Parameters
    ----------
    found : MatCondition
        Its record.
    heard : Heard or None
        None: it is not the one that is shown live, so that only its record is known.
    today : date
    """
    name = found.mat.name or found.mat.id
    alarms = _alarms(heard)
    return MatView(
        id=found.mat.id,
        name=name,
        is_heard=heard is not None and heard.state is not None,
        is_known=heard is not None and heard.is_whole,
        lines=(_link(found, heard), *_of_info(heard, today), *_of_log(found)),
        alarms=alarms,
        remarks=(*_unheard(name, heard), *alarms, *_aged(name, heard, today), *_lost(name, found)),
    )


def _link(found: MatCondition, heard: Heard | None) -> tuple[str, str]:
    at_s = found.mat.heard_s
    record = f"last record {when(at_s)}" if at_s is not None else "no record yet"
    if heard is None:
        return "Link", f"Not watched live by this dashboard; {record}"
    if heard.state is not None:
        return "Link", f"Heard now; {record}"
    told = "Said good-bye, or was cut off" if heard.link.mat == "offline" else "Not heard"
    return "Link", f"{told}; {record}"


def _of_info(heard: Heard | None, today: date) -> tuple[tuple[str, str], ...]:
    if heard is None:
        return (("Clock, calibration, faults", "Not known here"),)
    if heard.info is None:
        return (("Clock, calibration, software", "Not known: it has not said so"),)
    info, then = heard.info, "" if heard.is_whole else " (as it last said)"
    clock = "Right, and kept right" if info.clock_synchronised else "Not kept right by the network"
    software = f"{info.software}, {SOURCES.get(info.source, info.source)}"
    return (
        ("Clock", f"{clock}{then}"),
        ("Calibration", f"{_age(info.calibrated_on, today)}{then}"),
        ("Software", f"{software}{then}"),
    )


def _age(calibrated_on: str, today: date) -> str:
    days = _days_since(calibrated_on, today)
    if days is None:
        return "Of no date that can be read"
    if days < 0:
        return f"Of {calibrated_on}, which is still to come: a clock is wrong"
    return f"Of {calibrated_on}, {several(days, 'day')} old"


def _days_since(calibrated_on: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(calibrated_on)).days
    except ValueError:
        return None


def _of_log(found: MatCondition) -> tuple[tuple[str, str], ...]:
    return (("Record", _counted(found.health)), ("Its log", _standing(found.log)))


def _counted(health: LogHealth) -> str:
    told = [f"{health.n_records:,} here", f"{health.n_lost:,} lost"]
    told += [f"{health.n_damaged:,} damaged"] if health.n_damaged else []
    told += [f"{health.n_unreadable:,} not understood"] if health.n_unreadable else []
    told += [f"{health.n_beside:,} of another history"] if health.n_beside else []
    return ", ".join(told)


def _standing(log: LogRow | None) -> str:
    if log is None:
        return "Nothing has come yet"
    told = [f"Next is number {log.next_seq:,}"]
    told += ["what is missing before that has been asked for"] if log.wanting else []
    told += ["it has split: the card of the mat was put back once"] if log.forked else []
    return "; ".join(told)


def _alarms(heard: Heard | None) -> tuple[Remark, ...]:
    if heard is None or heard.state is None:
        return ()
    return tuple(_alarm(alarm, heard.info) for alarm in heard.state.alarms)


def _alarm(alarm: wire.Alarm, info: wire.Info | None) -> Remark:
    zones = {zone.id: zone for zone in info.layout.zones} if info else {}
    zone = zones.get(alarm.zone or "")
    where = f" ({zone.foot} foot: {zone.name.lower()})" if zone else ""
    return Remark(f"{alarm.instruction or alarm.rule}.", f"{alarm.reason}{where}")


def _unheard(name: str, heard: Heard | None) -> tuple[Remark, ...]:
    if heard is None or heard.is_whole:
        return ()
    if not heard.link.broker:
        words = f"The dashboard has no line to the broker, so nothing is known of {name}."
        return (Remark(words, "Look whether the broker runs: docs/operations.md."),)
    if heard.state is None:
        words = f"Nothing comes from {name}. How it is, nobody knows."
        return (Remark(words, "Is it switched on? Is its plug in the wall?"),)
    return (Remark(f"{name} has not said yet what it is.", "It does within a minute."),)


def _aged(name: str, heard: Heard | None, today: date) -> tuple[Remark, ...]:
    if heard is None or heard.info is None:
        return ()
    days = _days_since(heard.info.calibrated_on, today)
    found = []
    if days is None or days < 0:
        found.append(f"When {name} was calibrated is not known.")
    elif days > EXPIRES_AFTER_DAYS:
        found.append(f"{name} was calibrated {days} days ago.")
    remarks = [Remark(words, "Calibrate it: docs/calibration.md.") for words in found]
    if heard.is_whole and not heard.info.clock_synchronised:
        words = f"Nothing keeps the clock of {name} right: when its sessions were is uncertain."
        remarks.append(Remark(words, "Bring it to a network with a time server now and then."))
    return tuple(remarks)


def _lost(name: str, found: MatCondition) -> tuple[Remark, ...]:
    if found.health.is_whole:
        return ()
    words = f"The record of {name} is not whole: {_counted(found.health)}."
    return (Remark(words, "What can come again does so by itself. docs/store.md says the rest."),)
