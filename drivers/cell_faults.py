"""Faults of wiring, supply and clock as a bank reports them: what a scenario asks for.

Each is one cell's, for an interval of time. What a reading becomes depends on its number only,
never on how frames were batched; `fault_frames` carries it out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from core.datasheet import SETTLING_CONVERSIONS
from core.frames import Status
from drivers.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAULT_KINDS = (
    "open_wire",
    "dout_stuck",
    "brown_out",
    "noise_burst",
    "desync",
    "slow_clock",
    "missed",
    "saturation",
    "stuck_code",
    "spike",
)

VOID_STATUS = {
    "open_wire": Status.TIMEOUT,
    "dout_stuck": Status.DESYNC,
    "brown_out": Status.TIMEOUT,
    "desync": Status.DESYNC,
    "slow_clock": Status.SLOW_SCK,
}
"""What the bank says while the fault lasts; the value is never to be used."""

SETTLES_AFTER = frozenset({"dout_stuck", "brown_out", "desync", "slow_clock"})
"""The converter starts anew when these end: its first conversions settle."""

DEAD_AFTER = 3
"""Times in a row that a bank finds a cell out of step before it leaves it alone: TIMEOUT."""

RETRY_EVERY_S = 10.0
"""How often a bank tries a cell that it left alone."""

STUCK_FROM = 8
"""Which equal code in a row a bank calls STUCK."""


@dataclass(frozen=True)
class CellFault:
    """One fault of one cell.

    Attributes
    ----------
    kind : str
        One of `FAULT_KINDS`.
    cell : int
        Index in the layout, from 0.
    begin_s : float
        Since the start of the bank.
    end_s : float
        Not included. A spike is one reading, the first of the interval.
    times : float
        How much louder a `noise_burst` is than the converter alone, at least 1.

    Raises
    ------
    DriverError
        If it cannot be played.
    """

    kind: str
    cell: int
    begin_s: float
    end_s: float
    times: float = 20.0

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise DriverError(f"no fault {self.kind!r}; there are {', '.join(FAULT_KINDS)}")
        if not (0 <= self.begin_s < self.end_s < math.inf):
            raise DriverError(f"a fault lasts from begin_s to a later end_s, not {self}")
        if not 1 <= self.times <= 1e4:
            raise DriverError(f"a noise burst is 1 to 10000 times louder, not {self.times}")


@dataclass(frozen=True)
class Span:
    """A fault in numbers of frames: [begin, end), then `settling` more.

    Attributes
    ----------
    fault : CellFault
    begin, end, tail : int
        Frame k is at k / rate_hz; SETTLING lasts from `end` to `tail`.
    retry : int
        Frames from one attempt at a dead cell to the next.
    """

    fault: CellFault
    begin: int
    end: int
    tail: int
    retry: int


def spans_of(faults: Sequence[CellFault], n_cells: int, rate_hz: float) -> tuple[Span, ...]:
    """Turn times into numbers of frames.

    Parameters
    ----------
    faults : sequence of CellFault
    n_cells : int
        Of the mat.
    rate_hz : float
        Frames per second.

    Raises
    ------
    DriverError
        If a cell is not there, or two faults of one cell overlap.
    """
    spans = tuple(_span_of(fault, rate_hz) for fault in faults)
    for span in spans:
        if not 0 <= span.fault.cell < n_cells:
            raise DriverError(f"no cell {span.fault.cell + 1}; this mat has {n_cells}")
    _check_apart(spans)
    return spans


def _span_of(fault: CellFault, rate_hz: float) -> Span:
    begin, end = (_first_number(t_s, rate_hz) for t_s in (fault.begin_s, fault.end_s))
    if fault.kind == "spike":
        end = min(begin + 1, end)
    settles = fault.kind in SETTLES_AFTER
    tail = end + SETTLING_CONVERSIONS if settles else end
    return Span(fault, begin, end, tail, max(DEAD_AFTER + 1, round(RETRY_EVERY_S * rate_hz)))


def _first_number(t_s: float, rate_hz: float) -> int:
    """Find the first frame at or after a time, whichever way the product rounds."""
    number = max(int(t_s * rate_hz) - 1, 0)
    while number / rate_hz < t_s:
        number += 1
    return number


def _check_apart(spans: tuple[Span, ...]) -> None:
    ordered = sorted(spans, key=lambda span: (span.fault.cell, span.begin))
    for one, other in pairwise(ordered):
        if one.fault.cell == other.fault.cell and other.begin < one.tail:
            raise DriverError(
                f"faults of cell {one.fault.cell + 1} overlap: {one.fault.kind}, with what follows "
                f"it, and {other.fault.kind} at {other.fault.begin_s:g} s; move one"
            )
