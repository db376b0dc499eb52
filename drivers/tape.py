"""A recording as an endless or finite run of numbered rows, read a block at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.recordings import read_recording
from core.units import US_PER_S, to_us
from drivers.errors import DriverError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from numpy.typing import NDArray

    from core.layout import MatLayout
    from core.recording_rows import Block
    from core.recordings import Recording

MAX_GAP_FRAMES = 2**31 - 1
"""What `CellFrames.lost` can hold."""


@dataclass(frozen=True)
class Rows:
    """Rows of a tape, at least one.

    Attributes
    ----------
    first : int
        Number of the first row, counted from the start of the tape.
    seq : ndarray of int64, shape (n,)
        Rises by more than one where the recording left rows out.
    lost : ndarray of int64, shape (n,)
        Rows left out since the row before.
    t_us : ndarray of int64, shape (n,)
        Microseconds since the first row of the tape.
    force_n : ndarray of float64, shape (n, n_zones)
        In the zone order of the layout; NaN = no reading.
    """

    first: int
    seq: NDArray[np.int64]
    lost: NDArray[np.int64]
    t_us: NDArray[np.int64]
    force_n: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.seq)

    def split(self, n: int) -> tuple[Rows, Rows]:
        """Cut off the first `n` rows."""
        head = Rows(self.first, self.seq[:n], self.lost[:n], self.t_us[:n], self.force_n[:n])
        tail = Rows(self.first + n, self.seq[n:], self.lost[n:], self.t_us[n:], self.force_n[n:])
        return head, tail


class Tape:
    """An open recording file.

    Parameters
    ----------
    path : Path
        CSV, UTF-8.
    layout : MatLayout
        Whose zones it must have.
    loop : bool
        Begin again after the end, one period later.

    Raises
    ------
    DriverError
        If the file cannot be opened.
    RecordingError
        If it is no recording of this layout.
    """

    def __init__(self, path: Path, layout: MatLayout, *, loop: bool) -> None:
        self._path = path
        self._layout = layout
        self._loop = loop
        self._file: TextIO | None = None
        self._recording, self._columns = self._open()
        self.rate_hz = self._recording.rate_hz
        self._period_us = max(1, round(US_PER_S / self.rate_hz))
        self._first = 0
        self._seq = -1
        self._last_us = -self._period_us

    def rows(self) -> Iterator[Rows]:
        """Go through the tape, once.

        Raises
        ------
        RecordingError
            At a line that is no row.
        DriverError
            If the file is gone when it should begin again.
        """
        yield from self._one_round()
        while self._loop:
            self._recording, self._columns = self._open()
            yield from self._one_round()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> tuple[Recording, NDArray[np.int64]]:
        self.close()
        try:
            # A byte that is not UTF-8 becomes a character that no number has: an error with a line.
            self._file = self._path.open(encoding="utf-8", errors="replace")
            recording = read_recording(self._file, str(self._path))
            return recording, recording.columns_for(self._layout)
        except OSError as error:
            raise DriverError(f"{self._path}: cannot be read: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def _one_round(self) -> Iterator[Rows]:
        offset_us = None
        for block in self._recording.blocks:
            if offset_us is None:
                offset_us = self._last_us + self._period_us - int(to_us(block.t_s[:1])[0])
            yield self._numbered(block, offset_us)

    def _numbered(self, block: Block, offset_us: int) -> Rows:
        t_us = to_us(block.t_s) + offset_us
        periods = np.rint(np.diff(t_us, prepend=self._last_us) * (self.rate_hz / US_PER_S))
        lost = np.clip(periods - 1, 0, MAX_GAP_FRAMES).astype(np.int64)
        seq = self._seq + np.cumsum(lost + 1)
        rows = Rows(self._first, seq, lost, t_us, block.force_n[:, self._columns])
        self._first += len(rows)
        self._seq, self._last_us = int(seq[-1]), int(t_us[-1])
        return rows
