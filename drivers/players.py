"""What becomes of the rows of a recording: forces go through simulated cells, raw frames do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from core.raw_recordings import sniff
from core.units import US_PER_S
from drivers.conditions import Cells
from drivers.errors import DriverError
from drivers.raw_tape import RawRows, RawTape
from drivers.tape import Rows, Tape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.conditions import Conditions

R = TypeVar("R", Rows, RawRows)


class Player(Protocol[R]):
    """A tape, and what makes frames of its rows."""

    @property
    def rate_hz(self) -> float:
        """Nominal frames per second."""
        ...

    @property
    def gain(self) -> int:
        """Gain of the converters."""
        ...

    def rows(self) -> Iterator[R]:
        """Go through the tape, once."""
        ...

    def play(self, rows: R) -> CellFrames:
        """Make frames of rows that come next; `t_s` counts from the first row of the tape."""
        ...

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give the calibration of the cells that are played."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class ForcePlayer:
    """Newtons through simulated cells, under conditions.

    Parameters
    ----------
    tape : Tape
    layout : MatLayout
    seed : int
        Of the cells and their noise.
    conditions : Conditions
    """

    def __init__(self, tape: Tape, layout: MatLayout, seed: int, conditions: Conditions) -> None:
        self._tape = tape
        self._gain = conditions.gain
        self._cells = Cells(layout, tape.rate_hz, seed, conditions)
        # The row before the next one, for what follows the history of a cell.
        self._seq = np.array([-1], np.int64)
        self._after_s = np.array([-np.inf])
        self._load_n = np.zeros((1, len(layout.zone_ids)))
        self._counts = np.zeros((1, len(layout.spec.cell)), np.int32)

    @property
    def rate_hz(self) -> float:
        """Nominal frames per second."""
        return self._tape.rate_hz

    @property
    def gain(self) -> int:
        """Gain of the simulated converters."""
        return self._gain

    def rows(self) -> Iterator[Rows]:
        """Go through the tape, once."""
        return self._tape.rows()

    def calibration_spec(self, calibrated_on: str) -> CalibrationSpec:
        """Give what a perfect calibration of the simulated cells finds."""
        return self._cells.calibration_spec(calibrated_on)

    def close(self) -> None:
        """Close the file."""
        self._tape.close()

    def play(self, rows: Rows) -> CellFrames:
        """Make frames of rows that come next."""
        after_s = rows.t_us / US_PER_S
        times_s = np.concatenate([self._after_s, after_s])
        loads_n = np.concatenate([self._load_n, rows.force_n])

        def load_at(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
            before: NDArray[np.float64] = loads_n[np.searchsorted(times_s, t_s, side="right") - 1]
            return before

        force_n = self._cells.crept_n(rows.force_n, after_s, load_at)
        clean = self._cells.clean(rows.first, rows.seq, after_s, force_n, rows.lost)
        seq = np.concatenate([self._seq, rows.seq])
        counts = np.concatenate([self._counts, clean.counts])

        def clean_counts(number: int) -> NDArray[np.int32]:
            before: NDArray[np.int32] = counts[np.searchsorted(seq, number, side="right") - 1]
            return before

        frames = self._cells.spoiled(clean, rows.seq, clean_counts)
        self._seq, self._after_s = seq[-1:], times_s[-1:]
        self._load_n, self._counts = loads_n[-1:], counts[-1:]
        return frames


class RawPlayer:
    """Frames exactly as they were read: no noise on top, no fault.

    Parameters
    ----------
    tape : RawTape
    layout : MatLayout
    """

    def __init__(self, tape: RawTape, layout: MatLayout) -> None:
        self._tape = tape
        self._layout = layout

    @property
    def rate_hz(self) -> float:
        """Nominal frames per second."""
        return self._tape.rate_hz

    @property
    def gain(self) -> int:
        """Gain of the converters that were read."""
        return self._tape.recording.head.gain

    def rows(self) -> Iterator[RawRows]:
        """Go through the tape, once."""
        return self._tape.rows()

    def calibration_spec(self, _calibrated_on: str) -> CalibrationSpec:
        """Give the calibration that was recorded, with its own date.

        Raises
        ------
        RecordingError
            If the recording carries none.
        """
        return self._tape.recording.calibration(self._layout).spec

    def close(self) -> None:
        """Close the file."""
        self._tape.close()

    def play(self, rows: RawRows) -> CellFrames:
        """Give the frames."""
        return rows.frames


def open_player(
    path: Path, layout: MatLayout, seed: int, conditions: Conditions, *, loop: bool
) -> Player[Rows] | Player[RawRows]:
    """Open a recording of either kind.

    Raises
    ------
    DriverError
        If the file cannot be opened, or a raw one is to be played under conditions.
    RecordingError
        If it is no recording of this layout.
    """
    if not _is_raw(path):
        return ForcePlayer(Tape(path, layout, loop=loop), layout, seed, conditions)
    if conditions.creep or conditions.drifts or conditions.faults:
        raise DriverError(
            f"{path}: raw counts are played as they were read; take creep, drift and faults out"
        )
    return RawPlayer(RawTape(path, layout, loop=loop), layout)


def _is_raw(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return sniff(file)[0]
    except OSError as error:
        raise DriverError(f"{path}: cannot be read: {error.strerror}") from error
