"""Carries faults out: frames of whole cells in, frames as a bank would have read them out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core.datasheet import COUNTS_MAX, COUNTS_MIN
from core.frames import VOID, Status
from drivers.cell_faults import DEAD_AFTER, STUCK_FROM, VOID_STATUS, spans_of
from drivers.converter import Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from core.frames import CellFrames
    from drivers.cell_faults import CellFault, Span

    Ints = NDArray[np.int64]
    CleanCounts = Callable[[int], NDArray[np.int32]]

SPIKE_OFF_COUNTS = 2**20
"""Doubled, and this far off: a bit that was read twice."""

_BURST_STREAM = 3


class _Edited:
    """A copy of frames in which one cell after the other is spoiled."""

    def __init__(self, frames: CellFrames) -> None:
        self.frames = replace(
            frames,
            counts=frames.counts.copy(),
            status=frames.status.copy(),
            age_s=frames.age_s.copy(),
            lost=frames.lost.copy(),
        )

    def void(self, rows: Ints, cell: int, status: Status) -> None:
        """Say that there is no value; what stands there is never to be used."""
        self.frames.counts[rows, cell] = 0
        self.frames.status[rows, cell] = int(status)
        silent = bool(status & Status.TIMEOUT)
        self.frames.age_s[rows, cell] = np.inf if silent else 0.0

    def give(self, rows: Ints, cell: int, counts: NDArray[np.float64]) -> None:
        """Put values in, at the ends of the converter if they are beyond."""
        # Where there was no reading before the fault, the fault makes none.
        usable = self.frames.status[rows, cell] & int(VOID) == 0
        rows, counts = rows[usable], np.clip(counts[usable], COUNTS_MIN, COUNTS_MAX)
        saturated = (counts == COUNTS_MAX) | (counts == COUNTS_MIN)
        self.frames.counts[rows, cell] = counts.astype(np.int32)
        self.frames.status[rows, cell] = saturated * int(Status.SATURATED)

    def mark(self, rows: Ints, cell: int, status: Status) -> None:
        self.frames.status[rows, cell] |= np.uint16(status)


@dataclass(frozen=True)
class _Hit:
    """The rows of a batch that a fault falls on."""

    span: Span
    edited: _Edited
    rows: Ints
    number: Ints
    clean: CleanCounts

    @property
    def cell(self) -> int:
        return self.span.fault.cell

    @property
    def counts(self) -> NDArray[np.float64]:
        counts: NDArray[np.int32] = self.edited.frames.counts[self.rows, self.cell]
        return counts.astype(float)


class FaultFrames:
    """Spoils the frames of a bank as its scenario says.

    Parameters
    ----------
    faults : sequence of CellFault
    n_cells : int
    rate_hz : float
        Frames per second.
    noise_counts_rms : float
        Of the converters, for bursts of noise.
    seed : int
        Of these bursts.

    Raises
    ------
    DriverError
        If a cell is not there, or two faults of one cell overlap.
    """

    def __init__(
        self,
        faults: Sequence[CellFault],
        n_cells: int,
        rate_hz: float,
        noise_counts_rms: float,
        seed: int,
    ) -> None:
        self._spans = spans_of(faults, n_cells, rate_hz)
        self._period_s = 1.0 / rate_hz
        self._noise_counts_rms = noise_counts_rms
        # One column: a burst is one cell's, and each has a stream of its own.
        self._noise = [Noise(1, seed * 1009 + _BURST_STREAM + n) for n in range(len(self._spans))]
        self._held: dict[Span, int] = {}

    def apply(self, frames: CellFrames, number: Ints, clean: CleanCounts) -> CellFrames:
        """Spoil frames.

        Parameters
        ----------
        frames : CellFrames
            As whole cells deliver them; not changed.
        number : ndarray of int64, shape (n_frames,)
            Of each frame since the start; rising, may leave some out.
        clean : callable
            Gives the counts, shape (n_cells,), that whole cells deliver in a frame at or before
            these.

        Returns
        -------
        CellFrames
        """
        spans = [s for s in self._spans if s.begin <= number[-1] and s.tail > number[0]]
        if not spans:
            return frames
        edited = _Edited(frames)
        for span in spans:
            rows = np.flatnonzero((number >= span.begin) & (number < span.end))
            if len(rows):
                hit = _Hit(span, edited, rows, number[rows], clean)
                self._EFFECTS[span.fault.kind](self, hit)
            tail = np.flatnonzero((number >= span.end) & (number < span.tail))
            edited.void(tail, span.fault.cell, Status.SETTLING)
        return edited.frames

    def _code_at_begin(self, hit: _Hit) -> int:
        """Code at which a stuck cell stands; kept, for its frame may be long gone."""
        if hit.span not in self._held:
            self._held[hit.span] = int(hit.clean(hit.span.begin)[hit.cell])
        return self._held[hit.span]

    def _void(self, hit: _Hit) -> None:
        hit.edited.void(hit.rows, hit.cell, VOID_STATUS[hit.span.fault.kind])

    def _dout_stuck(self, hit: _Hit) -> None:
        self._void(hit)
        left_alone = (hit.number - hit.span.begin) % hit.span.retry >= DEAD_AFTER
        hit.edited.void(hit.rows[left_alone], hit.cell, Status.TIMEOUT)

    def _noise_burst(self, hit: _Hit) -> None:
        # Added to the noise that is there already: the squares add up to `times` squared.
        extra = self._noise_counts_rms * np.sqrt(hit.span.fault.times**2 - 1.0)
        noise = self._noise[self._spans.index(hit.span)]
        burst = np.array([noise.take(int(number), 1)[0, 0] for number in hit.number])
        hit.edited.give(hit.rows, hit.cell, np.rint(hit.counts + extra * burst))

    def _saturation(self, hit: _Hit) -> None:
        hit.edited.give(hit.rows, hit.cell, np.full(len(hit.rows), float(COUNTS_MAX)))

    def _stuck_code(self, hit: _Hit) -> None:
        code = self._code_at_begin(hit)
        hit.edited.give(hit.rows, hit.cell, np.full(len(hit.rows), float(code)))
        equal = hit.number - hit.span.begin + 1
        hit.edited.mark(hit.rows[equal >= STUCK_FROM], hit.cell, Status.STUCK)

    def _spike(self, hit: _Hit) -> None:
        hit.edited.give(hit.rows, hit.cell, 2.0 * hit.counts + SPIKE_OFF_COUNTS)
        hit.edited.mark(hit.rows, hit.cell, Status.GLITCH)

    def _missed(self, hit: _Hit) -> None:
        """Let every second conversion be missed: the value before it, a period older."""
        old = (hit.number > 0) & ((hit.number - hit.span.begin) % 2 == 0)
        rows = hit.rows[old]
        before = [float(hit.clean(int(number) - 1)[hit.cell]) for number in hit.number[old]]
        hit.edited.give(rows, hit.cell, np.array(before))
        hit.edited.mark(rows, hit.cell, Status.MISSED)
        hit.edited.frames.age_s[rows, hit.cell] = self._period_s
        hit.edited.frames.lost[rows, hit.cell] += 1

    _EFFECTS: ClassVar[dict[str, Callable[[FaultFrames, _Hit], None]]] = {
        "open_wire": _void,
        "dout_stuck": _dout_stuck,
        "brown_out": _void,
        "noise_burst": _noise_burst,
        "desync": _void,
        "slow_clock": _void,
        "missed": _missed,
        "saturation": _saturation,
        "stuck_code": _stuck_code,
        "spike": _spike,
    }
