"""A raw recording as an endless or finite run of frames, read a block at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.raw_recordings import read_raw
from core.units import US_PER_S, to_us
from drivers.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    import numpy as np
    from numpy.typing import NDArray

    from core.frames import CellFrames
    from core.layout import MatLayout
    from core.raw_recordings import RawRecording


@dataclass(frozen=True)
class RawRows:
    """Frames of a tape, at least one.

    Attributes
    ----------
    t_us : ndarray of int64, shape (n,)
        Microseconds since the first frame of the tape.
    frames : CellFrames
        As recorded; `seq` counts from the first frame of the tape.
    """

    t_us: NDArray[np.int64]
    frames: CellFrames

    def __len__(self) -> int:
        return len(self.t_us)

    def split(self, n: int) -> tuple[RawRows, RawRows]:
        """Cut off the first `n` frames."""
        head, tail = slice(n), slice(n, None)
        return (
            RawRows(self.t_us[head], self.frames[head]),
            RawRows(self.t_us[tail], self.frames[tail]),
        )


class RawTape:
    """An open raw recording file.

    Parameters
    ----------
    path : Path
        CSV, UTF-8.
    layout : MatLayout
        The layout that it was recorded with.
    loop : bool
        Begin again after the end, one period later.

    Raises
    ------
    DriverError
        If the file cannot be opened.
    RecordingError
        If it is no raw recording of this layout.
    """

    def __init__(self, path: Path, layout: MatLayout, *, loop: bool) -> None:
        self._path = path
        self._layout = layout
        self._loop = loop
        self._file: TextIO | None = None
        self.recording = self._open()
        self.rate_hz = self.recording.head.rate_hz
        self._period_us = max(1, round(US_PER_S / self.rate_hz))
        self._seq = -1
        self._last_us = -self._period_us

    def rows(self) -> Iterator[RawRows]:
        """Go through the tape, once.

        Raises
        ------
        RecordingError
            At a line that is no frame, after all frames before it.
        DriverError
            If the file is gone when it should begin again.
        """
        yield from self._one_round()
        while self._loop:
            self.recording = self._open()
            yield from self._one_round()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> RawRecording:
        self.close()
        try:
            # A byte that is not UTF-8 becomes a character that no number has: an error with a line.
            self._file = self._path.open(encoding="utf-8", errors="replace")
            recording = read_raw(self._file, str(self._path))
            recording.check_layout(self._layout)
        except OSError as error:
            raise DriverError(f"{self._path}: cannot be read: {error.strerror}") from error
        except BaseException:
            self.close()
            raise
        return recording

    def _one_round(self) -> Iterator[RawRows]:
        shift: tuple[int, int] | None = None
        for frames in self.recording.blocks:
            t_us = to_us(frames.t_s)
            if shift is None:
                late_us = self._last_us + self._period_us - int(t_us[0])
                shift = self._seq + 1 - int(frames.seq[0]), late_us
            yield self._moved(frames, shift[0], t_us + shift[1])

    def _moved(self, frames: CellFrames, later: int, t_us: NDArray[np.int64]) -> RawRows:
        rows = RawRows(t_us, replace(frames, seq=frames.seq + later, t_s=t_us / US_PER_S))
        self._seq, self._last_us = int(rows.frames.seq[-1]), int(t_us[-1])
        return rows
