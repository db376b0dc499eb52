"""Writes what any bank reads: raw counts and status, a line a frame, as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import RecordingError
from core.raw_head import RawHead, raw_head
from core.raw_recordings import raw_rows

if TYPE_CHECKING:
    from typing import TextIO

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from drivers.base import CellBank


def head_of(bank: CellBank, gain: int, calibration: CalibrationSpec | None) -> RawHead:
    """Say what is recorded.

    Parameters
    ----------
    bank : CellBank
    gain : int
        Of its converters.
    calibration : CalibrationSpec or None
        Of its cells, where there is one: without it a replay knows no newtons.
    """
    layout = bank.layout
    return RawHead(
        layout.spec.id,
        layout.hash,
        len(layout.spec.cell),
        bank.rate_hz,
        gain,
        bank.source,
        calibration,
    )


class RawWriter:
    """A raw recording that grows by every frame.

    Whole lines only are handed over: with a line-buffered file, a process that is killed leaves
    a file that can be read to its end.

    Parameters
    ----------
    sink : text file
        Where to; the caller opens it line-buffered, and closes it.
    head : RawHead
        Written at once.

    Raises
    ------
    RecordingError
        If the head cannot be written.
    """

    def __init__(self, sink: TextIO, head: RawHead) -> None:
        self._sink = sink
        self._n_cells = head.n_cells
        for line in raw_head(head):
            sink.write(line)

    def write(self, frames: CellFrames) -> None:
        """Add frames, later than all before.

        Raises
        ------
        RecordingError
            If they have another number of cells.
        """
        if frames.counts.shape[1] != self._n_cells:
            raise RecordingError(
                f"{frames.counts.shape[1]} cells read, {self._n_cells} in the recording"
            )
        for line in raw_rows(frames):
            self._sink.write(line)
