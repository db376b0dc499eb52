"""Rows of a raw recording: frames to lines and back, refused where they cannot be true."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasheet import COUNTS_MAX, COUNTS_MIN
from core.errors import RecordingError
from core.frames import VOID, CellFrames
from core.recording_rows import NUMBER, TIME_MAX_S, shown
from core.units import US_PER_S, to_us

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FIRST_COLUMNS = ("seq", "t_s", "status", "age_s", "lost")

STATUS_MAX = 0x1FF
INT32_MAX = 2**31 - 1
SEQ_MAX = 2**53

_INTEGER = re.compile(r"-?[0-9]{1,16}")
_CUT_SHORT = "cut short, no line end: the recording stopped here; remove this line to use the rest"


def row_of(frames: CellFrames, row: int) -> str:
    r"""Write one frame.

    Parameters
    ----------
    frames : CellFrames
    row : int
        Which of them.

    Returns
    -------
    str
        With its '\n'. Counts of void readings are written as they are.
    """
    t_us = int(to_us(frames.t_s[row : row + 1])[0])
    whole_s, rest_us = divmod(abs(t_us), US_PER_S)
    sign = "-" if t_us < 0 else ""
    # Every digit of a float32 as the double that it is: `repr` reads back the same.
    parts = [str(int(frames.seq[row])), f"{sign}{whole_s}.{rest_us:06d}"]
    parts += [_list(values[row]) for values in (frames.status, frames.age_s, frames.lost)]
    return ",".join([*parts, *map(str, frames.counts[row].tolist())]) + "\n"


def _list(values: NDArray[Any]) -> str:
    return " ".join(map(repr, values.tolist())) if values.any() else ""


class RowReader:
    """Reads the rows of one recording.

    Parameters
    ----------
    n_cells : int
    source : str
        Name of the file, for the error text.
    """

    def __init__(self, n_cells: int, source: str) -> None:
        self._n_cells = n_cells
        self._source = source
        self._before = (-1, -np.inf)

    def blocks(self, numbered: Iterator[tuple[int, str]], block_rows: int) -> Iterator[CellFrames]:
        """Read frames, a block at a time.

        Parameters
        ----------
        numbered : iterator of (int, str)
            Numbers of the lines, and the lines with their ends.
        block_rows : int
            Frames in a block, the last may have fewer.

        Yields
        ------
        CellFrames
            Not empty.

        Raises
        ------
        RecordingError
            After all frames before the line that it names.
        """
        while lines := list(islice(numbered, block_rows)):
            rows: list[list[Any]] = []
            fault = ""
            for _, text in lines:
                row, fault = self._row(text)
                if fault:
                    break
                rows.append(row)
            if rows:
                yield _frames(rows)
            if fault:
                line = lines[len(rows)][0]
                raise RecordingError(f"{self._source}: line {line}: {fault}")

    def _row(self, text: str) -> tuple[list[Any], str]:
        """Read a row, or say why it is none."""
        if not text.endswith("\n"):
            return [], _CUT_SHORT
        fields = text.rstrip("\r\n").split(",")
        n_columns = len(FIRST_COLUMNS) + self._n_cells
        if len(fields) != n_columns:
            return [], f"{len(fields)} fields, {n_columns} columns"
        try:
            row = self._values(fields)
        except _RowError as error:
            return [], str(error)
        self._before = (row[0], row[1])
        return row, ""

    def _values(self, fields: list[str]) -> list[Any]:
        seq = _integer("seq", fields[0], 0, SEQ_MAX)
        t_us = _time_us(fields[1])
        self._check_order(seq, t_us)
        status = self._each(fields[2], "status", STATUS_MAX)
        lost = self._each(fields[4], "lost", INT32_MAX)
        counts = [
            _integer(f"c{n + 1}", field, -INT32_MAX - 1, INT32_MAX)
            for n, field in enumerate(fields[5:])
        ]
        for n, (code, bits) in enumerate(zip(counts, status, strict=True)):
            if not (COUNTS_MIN <= code <= COUNTS_MAX or bits & int(VOID)):
                raise _RowError(f"c{n + 1}: {code} is beyond 24 bits")
        return [seq, t_us, status, self._ages(fields[3]), lost, counts]

    def _check_order(self, seq: int, t_us: int) -> None:
        before_seq, before_us = self._before
        if seq <= before_seq:
            raise _RowError(f"seq: {seq} does not come after {before_seq}")
        if t_us <= before_us:
            raise _RowError(f"t_s: {t_us} us does not come after {before_us:.0f} us")

    def _each(self, text: str, name: str, most: int) -> list[int]:
        return [_integer(name, item, 0, most) for item in self._split(text, name)]

    def _ages(self, text: str) -> list[float]:
        items = self._split(text, "age_s")
        bad = [item for item in items if item != "inf" and not NUMBER.fullmatch(item)]
        ages = [] if bad else [float(item) for item in items]
        if bad or min(ages) < 0:
            raise _RowError(f"age_s: {shown(text)} are no ages in seconds")
        return ages

    def _split(self, text: str, name: str) -> list[str]:
        items = text.split(" ") if text else ["0"] * self._n_cells
        if len(items) != self._n_cells:
            raise _RowError(f"{name}: {len(items)} values, {self._n_cells} cells")
        return items


class _RowError(Exception):
    """A row that cannot be used, and why."""


def _integer(name: str, text: str, least: int, most: int) -> int:
    value = int(text) if _INTEGER.fullmatch(text) else most + 1
    if not least <= value <= most:
        raise _RowError(f"{name}: {shown(text)} is no number from {least} to {most}")
    return value


def _time_us(text: str) -> int:
    t_s = float(text) if NUMBER.fullmatch(text) else np.inf
    if abs(t_s) > TIME_MAX_S:
        raise _RowError(f"t_s: {shown(text)} is no time in seconds")
    return round(t_s * US_PER_S)


def _frames(rows: list[list[Any]]) -> CellFrames:
    seq, t_us, status, age_s, lost, counts = zip(*rows, strict=True)
    return CellFrames(
        seq=np.array(seq, np.int64),
        t_s=np.array(t_us, np.int64) / US_PER_S,
        counts=np.array(counts, np.int32),
        status=np.array(status, np.uint16),
        age_s=np.array(age_s, np.float64).astype(np.float32),
        lost=np.array(lost, np.int32),
    )
