"""The routines that come with reflexmat, and which one a person begins with."""

from __future__ import annotations

from importlib import resources

from core.routine_spec import RoutineError, RoutineSpec
from core.routine_text import parse_routine

SHIPPED = ("gentle", "reflex", "acupressure", "full", "deep")
"""Names of the routines, the lightest first."""

FIRST_SESSIONS = 3
"""So many sessions begin with the gentle one, unless a person chooses another."""


def load_routine(name: str) -> RoutineSpec:
    """Load a shipped routine.

    Raises
    ------
    RoutineError
        If there is none of that name.
    """
    if name not in SHIPPED:
        raise RoutineError(f"no routine named {name!r}; shipped are {', '.join(SHIPPED)}")
    text = resources.files("core.routines_shipped").joinpath(f"{name}.toml").read_text("utf-8")
    return parse_routine(text, f"{name}.toml")


def default_routine(sessions_done: int) -> str:
    """Name the routine to offer first, after so many sessions."""
    return "gentle" if sessions_done < FIRST_SESSIONS else "full"
