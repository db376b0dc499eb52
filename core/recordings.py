"""Recordings: forces of the zones as CSV text (DESIGN section 5), lines in, arrays out.

A block of rows is parsed in bulk when it provably holds nothing but plain numbers; any other
block goes through the strict parser, which names the line. Both give the same numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from core.errors import RecordingError
from core.recording_rows import (
    FORCE_SUFFIX,
    NUMBER,
    TIME_COLUMN,
    Block,
    first_fault,
    parse_plain,
    parse_strictly,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from core.layout import MatLayout

_ZONE_ID = re.compile(r"[a-z0-9_]{1,32}")


@dataclass(frozen=True)
class Recording:
    """An open recording; its blocks can be iterated once.

    Attributes
    ----------
    meta : Mapping of str to str
        The `# key: value` lines.
    zone_ids : tuple of str
        Zones in the order of the columns.
    rate_hz : float
        From the header, else the inverse of the median period of the first block.
    blocks : iterator of Block
        Raises `RecordingError`, with file and line, where the text goes wrong.
    source : str
        Name for the error text.
    header_line : int
        Number of the line with the column names.
    """

    meta: Mapping[str, str]
    zone_ids: tuple[str, ...]
    rate_hz: float
    blocks: Iterator[Block] = field(repr=False)
    source: str
    header_line: int

    def columns_for(self, layout: MatLayout) -> NDArray[np.int64]:
        """Find the columns of a layout's zones.

        Returns
        -------
        ndarray of int64, shape (n_zones,)
            `block.force_n[:, columns]` has the zone order of the layout.

        Raises
        ------
        RecordingError
            If a column is no zone of the layout, or a zone has no column.
        """
        unknown = [zone for zone in self.zone_ids if zone not in layout.zone_ids]
        if unknown:
            raise self._refuse(f"{', '.join(unknown)}: no such zone in layout {layout.spec.id}")
        missing = [zone for zone in layout.zone_ids if zone not in self.zone_ids]
        if missing:
            raise self._refuse(f"no column for {', '.join(missing)} of layout {layout.spec.id}")
        return np.array([self.zone_ids.index(zone) for zone in layout.zone_ids], np.int64)

    def _refuse(self, reason: str) -> RecordingError:
        return RecordingError(f"{self.source}: line {self.header_line}: {reason}")


def read_recording(lines: Iterable[str], source: str, block_rows: int = 4096) -> Recording:
    """Read head and first block of a recording; the rest streams in constant memory.

    Parameters
    ----------
    lines : iterable of str
        The text, line by line, with or without line ends.
    source : str
        Where it came from, for the error text.
    block_rows : int
        Rows in a block, at least 2.

    Returns
    -------
    Recording

    Raises
    ------
    RecordingError
        "SOURCE: line N: reason".
    """
    reader = _Reader(iter(lines), source)
    meta, zone_ids = reader.read_head()
    header_line = reader.line
    blocks = reader.read_blocks(zone_ids, max(block_rows, 2))
    first = next(blocks, None)
    if first is None:
        raise reader.refuse(header_line, "no rows after the header")
    rate_hz = reader.rate_hz(meta, first.t_s, header_line)
    return Recording(meta, zone_ids, rate_hz, _chain(first, blocks), source, header_line)


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    # Not `chain`: that would hold the first block as long as the recording is open.
    del first
    yield from rest


class _Reader:
    """Walks through the lines and knows the number of the last one that it took."""

    def __init__(self, lines: Iterator[str], source: str) -> None:
        self._lines = lines
        self._source = source
        self._meta_line: dict[str, int] = {}
        self.line = 0

    def refuse(self, line: int, reason: str) -> RecordingError:
        return RecordingError(f"{self._source}: line {line}: {reason}")

    def read_head(self) -> tuple[dict[str, str], tuple[str, ...]]:
        meta: dict[str, str] = {}
        for raw in self._lines:
            self.line += 1
            # Spreadsheets put a byte order mark before the first character.
            text = raw.rstrip("\r\n").removeprefix("\ufeff" if self.line == 1 else "")
            if not text.startswith("#"):
                return meta, self._zone_ids(text)
            self._read_meta(text, meta)
        raise self.refuse(self.line + 1, "the file ends before the header" if meta else "no header")

    def _read_meta(self, text: str, meta: dict[str, str]) -> None:
        key, colon, value = (part.strip() for part in text[1:].partition(":"))
        if colon and key in meta:
            raise self.refuse(self.line, f"{shown(key)} is given twice")
        if colon:
            meta[key] = value
            self._meta_line[key] = self.line

    def _zone_ids(self, text: str) -> tuple[str, ...]:
        names = text.split(",")
        if TIME_COLUMN not in names:
            raise self.refuse(self.line, f"no header: no column t_s in {shown(text)}")
        if names[0] != TIME_COLUMN or len(names) == 1:
            raise self.refuse(self.line, "the header is not t_s and then a column for each zone")
        seen = {TIME_COLUMN}
        for name in names[1:]:
            if name in seen:
                raise self.refuse(self.line, f"column {shown(name)} is there twice")
            if not name.removesuffix(FORCE_SUFFIX) or not name.endswith(FORCE_SUFFIX):
                raise self.refuse(self.line, f"column {shown(name)} does not end in _n")
            seen.add(name)
        return tuple(name.removesuffix(FORCE_SUFFIX) for name in names[1:])

    def rate_hz(self, meta: dict[str, str], t_s: NDArray[np.float64], header_line: int) -> float:
        """Rate by the header, else by the times of the first block."""
        if "rate_hz" in meta:
            text = meta["rate_hz"]
            rate = float(text) if NUMBER.fullmatch(text) else 0.0
            if 0.0 < rate < np.inf:
                return rate
            raise self.refuse(self._meta_line["rate_hz"], f"rate_hz {shown(text)} is no rate")
        if len(t_s) < 2:
            raise self.refuse(header_line, "one row and no '# rate_hz: ...' line: add that line")
        return 1.0 / float(np.median(np.diff(t_s)))

    def read_blocks(self, zone_ids: tuple[str, ...], block_rows: int) -> Iterator[Block]:
        before_s = -np.inf
        while chunk := list(islice(self._lines, block_rows)):
            rows = [text.rstrip("\r\n") for text in chunk]
            first_line = self.line + 1
            self.line += len(rows)
            if not rows[-1]:
                self._expect_end(rows)
            if rows:
                block = self._parse(rows, first_line, zone_ids, before_s)
                before_s = float(block.t_s[-1])
                yield block

    def _expect_end(self, rows: list[str]) -> None:
        """Take blank lines off the end of a block: they may only end the file."""
        while rows and not rows[-1]:
            rows.pop()
            self.line -= 1
        blank = self.line + 1
        if any(text.rstrip("\r\n") for text in self._lines):
            raise self.refuse(blank, "a blank line between rows")

    def _parse(
        self, rows: list[str], first_line: int, zone_ids: tuple[str, ...], before_s: float
    ) -> Block:
        values, fault = parse_plain(rows, len(zone_ids) + 1), ""
        if values is None:
            values, fault = parse_strictly(rows, zone_ids)
        block = Block(values[:, 0].copy(), values[:, 1:])
        row, reason = first_fault(block, zone_ids, before_s) or (len(values), fault)
        if reason:
            raise self.refuse(first_line + row, reason)
        return block


def write_recording(
    meta: Mapping[str, str],
    zone_ids: Sequence[str],
    blocks: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> Iterator[str]:
    r"""Write a recording that `read_recording` reads back, number for number.

    Parameters
    ----------
    meta : Mapping of str to str
        Becomes the `# key: value` lines; printable, no blanks at the ends, no ':' in a key.
    zone_ids : sequence of str
        Order of the columns.
    blocks : iterable of (t_s, force_n)
        Shapes (n,) and (n, n_zones), float64; NaN = no reading.

    Yields
    ------
    str
        Lines, each with its '\n'.

    Raises
    ------
    RecordingError
        If it could not be read back.
    """
    _check_head(meta, zone_ids)
    yield from (f"# {key}: {value}\n" for key, value in meta.items())
    yield ",".join([TIME_COLUMN, *(zone + FORCE_SUFFIX for zone in zone_ids)]) + "\n"
    before_s = -np.inf
    for block in blocks:
        t_s, force_n = (np.asarray(part, float) for part in block)
        if force_n.shape != (len(t_s), len(zone_ids)):
            raise RecordingError(f"{len(t_s)} times, {len(zone_ids)} zones: {force_n.shape} forces")
        fault = first_fault(Block(t_s, force_n), zone_ids, before_s)
        if fault:
            raise RecordingError(f"row {fault[0] + 1} of a block: {fault[1]}")
        before_s = float(t_s[-1]) if len(t_s) else before_s
        for time, row in zip(t_s.tolist(), force_n.tolist(), strict=True):
            yield ",".join(map(repr, [time, *row])).replace("nan", "") + "\n"


def _check_head(meta: Mapping[str, str], zone_ids: Sequence[str]) -> None:
    for key, value in meta.items():
        text = key + value
        if not text.isprintable() or ":" in key or key != key.strip() or value != value.strip():
            raise RecordingError(f"cannot be a '# key: value' line: {shown(f'{key}: {value}')}")
    bad = [zone for zone in zone_ids if not _ZONE_ID.fullmatch(zone)]
    if bad or not zone_ids or len(set(zone_ids)) != len(zone_ids):
        raise RecordingError(f"zones cannot be columns: {shown(', '.join(zone_ids))}")
