"""What may be asked of a mat, by name."""

from __future__ import annotations

VERBS = (
    "alarm.ack",
    "alarm.pause",
    "identify",
    "log.level",
    "person.choose",
    "profile.remove",
    "profile.set",
    "routine.choose",
    "routine.list",
    "routine.next",
    "routine.remove",
    "routine.set",
    "routine.start",
    "routine.stop",
    "selftest",
    "session.start",
    "session.stop",
    "sim.press",
    "tare",
    "watch",
)
"""All verbs; `sim.press` only where the bank is a simulator."""


def verbs_of(source: str) -> tuple[str, ...]:
    """Verbs of a mat by the kind of its bank, for `info`."""
    return tuple(verb for verb in VERBS if verb != "sim.press" or source == "simulator")
