"""Which zones a target means on a layout, and how it is named to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.layout import MatLayout
    from core.routine_spec import Foot, Target

_PLATES: dict[Target, tuple[tuple[str, ...], ...]] = {
    "toes": (("toes",),),
    "ball": (("ball",), ("mth1", "mth23", "mth45")),
    "arch": (("arch",), ("arch_med", "arch_lat")),
    "heel": (("heel",), ("heel_med", "heel_lat")),
    "mth1": (("mth1",), ("ball",)),
    "mth23": (("mth23",), ("ball",)),
    "mth45": (("mth45",), ("ball",)),
    "arch_med": (("arch_med",), ("arch",)),
    "arch_lat": (("arch_lat",), ("arch",)),
    "heel_med": (("heel_med",), ("heel",)),
    "heel_lat": (("heel_lat",), ("heel",)),
}
"""Zones of a target, without l_ or r_; the first choice that a layout has any of.

A mat with one plate under the ball has no finer one: the plate that covers the point is taken.
"""

_WORDS: dict[Target, str] = {
    "toes": "toes",
    "ball": "ball",
    "arch": "arch",
    "heel": "heel",
    "mth1": "inner side of the ball",
    "mth23": "middle of the ball",
    "mth45": "outer side of the ball",
    "arch_med": "inner side of the arch",
    "arch_lat": "outer side of the arch",
    "heel_med": "inner side of the heel",
    "heel_lat": "outer side of the heel",
}


def zones_of(layout: MatLayout, target: Target, foot: Foot) -> tuple[int, ...]:
    """Find the zones of a target under a foot; none if the layout has none."""
    for names in _PLATES[target]:
        ids = [f"{foot[0]}_{name}" for name in names]
        found = tuple(layout.zone_ids.index(each) for each in ids if each in layout.zone_ids)
        if found:
            return found
    return ()


def where(target: Target, feet: Sequence[Foot]) -> str:
    """Name a part of the body: `the heel of your left foot`."""
    return f"the {_WORDS[target]} of {whose(feet)}"


def whose(feet: Sequence[Foot]) -> str:
    """Name one foot or both: `your left foot`."""
    return "both feet" if len(feet) == 2 else f"your {feet[0]} foot"
