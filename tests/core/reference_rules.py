"""What one frame says of a zone, and the rules of a zone as a table, for the reference."""

from __future__ import annotations

from typing import NamedTuple

MS = 1_000
S = 1_000_000
FULL_BP = 10_000
CEILING_US = 50 * MS
TAPS_US = 10 * S
TAPS = 5

CELL_FAULTS = (
    "cell_timeout", "cell_noisy", "cell_desync", "cell_stuck", "cell_saturated_negative",
)  # fmt: skip


class Reading(NamedTuple):
    """What one frame says of one zone."""

    t_us: int
    force_cn: int
    valid: bool
    load_bp: int = 0
    least_cn: int = 0
    conditions: frozenset[str] = frozenset()


class MeanRule(NamedTuple):
    name: str
    priority: str
    window_us: int
    latching: bool


ADVISORY = MeanRule("advisory", "low", 1 * S, latching=False)
WARNING = MeanRule("warning", "medium", 1 * S, latching=False)
LIMIT = MeanRule("limit", "high", 250 * MS, latching=True)
EXCLUDED = MeanRule("excluded_contact", "high", 250 * MS, latching=True)
MEAN_RULES = (ADVISORY, WARNING, LIMIT, EXCLUDED)
OVERLOAD_US = 250 * MS
CALMED = {*(rule.name for rule in MEAN_RULES), "overload", "zone_lost", "stale"}
"""What clears after 2 s of good frames."""
