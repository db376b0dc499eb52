"""Raw recordings: what a bank read, counts and status, as CSV text; docs/recordings.md.

Lines in, frames out, and back, equal frame for frame to the microsecond. One frame a line::

    seq, t_s, status, age_s, lost, c1, c2, ...

`status`, `age_s` and `lost` are empty where they are 0 for every cell, else hold one value for
each cell, with blanks between. A last line without its line end is a line that was cut short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from core.calibration import CalibrationSpec, fit_to
from core.errors import CalibrationError, RecordingError
from core.raw_rows import FIRST_COLUMNS, RowReader, row_of
from core.recording_rows import NUMBER, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.layout import MatLayout

KIND = "raw"
"""Value of `# kind:`; a recording of forces has no such line."""

GAINS = (128, 64, 32)
MAX_CELLS = 64
RATE_MAX_HZ = 10_000.0


@dataclass(frozen=True)
class RawHead:
    """What a raw recording says of itself.

    Attributes
    ----------
    layout : str
        Id of the layout.
    layout_hash : str
        Hash of the layout: which zone and which cell a column is depends on all of it.
    n_cells : int
    rate_hz : float
        Nominal frames per second of the bank.
    gain : int
        Of the converters.
    source : str
        Kind of the bank that was read.
    calibration : CalibrationSpec or None
        What makes newtons of the counts, where it was known.
    """

    layout: str
    layout_hash: str
    n_cells: int
    rate_hz: float
    gain: int
    source: str
    calibration: CalibrationSpec | None = None


@dataclass(frozen=True)
class RawRecording:
    """An open raw recording; its blocks can be iterated once.

    Attributes
    ----------
    head : RawHead
    blocks : iterator of CellFrames
        At least one, none empty. Raises `RecordingError`, with file and line, where the text goes
        wrong, after all frames before that line.
    source : str
        Name of the file, for the error text.
    """

    head: RawHead
    blocks: Iterator[CellFrames] = field(repr=False)
    source: str

    def check_layout(self, layout: MatLayout) -> None:
        """Refuse another layout than the one it was recorded with.

        Raises
        ------
        RecordingError
        """
        same = (layout.hash, len(layout.spec.cell)) == (self.head.layout_hash, self.head.n_cells)
        if not same:
            raise RecordingError(
                f"{self.source}: recorded with layout {self.head.layout} "
                f"({self.head.layout_hash}), this is {layout.spec.id} ({layout.hash}); "
                "give the layout that it was recorded with"
            )

    def calibration(self, layout: MatLayout) -> Calibration:
        """Give the calibration that it carries.

        Raises
        ------
        RecordingError
            If it carries none, or none of this layout.
        """
        if self.head.calibration is None:
            raise RecordingError(
                f"{self.source}: raw counts without a calibration: newtons are not known; "
                "record on a calibrated mat"
            )
        try:
            return fit_to(self.head.calibration, layout)
        except CalibrationError as error:
            raise RecordingError(f"{self.source}: {error}") from None


def sniff(lines: Iterable[str]) -> tuple[bool, Iterator[str]]:
    """Find out whether a text is a raw recording.

    Returns
    -------
    bool
        Whether a line `# kind: raw` stands before the header.
    iterator of str
        All lines, those that were looked at too.
    """
    rest = iter(lines)
    seen: list[str] = []
    raw = False
    for text in rest:
        seen.append(text)
        if not text.removeprefix("\ufeff").startswith("#"):
            break
        raw = raw or _key_and_value(text) == ("kind", KIND)
    return raw, chain(seen, rest)


def read_raw(lines: Iterable[str], source: str, block_rows: int = 1024) -> RawRecording:
    """Read the head of a raw recording; the rest streams in constant memory.

    Parameters
    ----------
    lines : iterable of str
        The text, line by line, with its line ends.
    source : str
        Where it came from, for the error text.
    block_rows : int
        Frames in a block, at least 1.

    Raises
    ------
    RecordingError
        "SOURCE: line N: reason".
    """
    numbered = enumerate(iter(lines), 1)
    meta, lines_of, names, header_line = _read_head(numbered, source)
    head = _Fields(meta, lines_of, source, header_line).head(len(names) - len(FIRST_COLUMNS))
    expected = _header(head.n_cells).rstrip("\n")
    if not 1 <= head.n_cells <= MAX_CELLS or ",".join(names) != expected:
        raise _refusal(source, header_line, "the header is not seq,t_s,status,age_s,lost,c1,c2,...")
    blocks = RowReader(head.n_cells, source).blocks(numbered, max(block_rows, 1))
    first = next(blocks, None)
    if first is None:
        raise _refusal(source, header_line, "no rows after the header")
    return RawRecording(head, chain([first], blocks), source)


def raw_head(head: RawHead) -> Iterator[str]:
    r"""Write the lines before the first frame, each with its '\n'.

    Raises
    ------
    RecordingError
        If a value cannot stand in a line.
    """
    values: dict[str, object] = {
        "kind": KIND,
        "layout": head.layout,
        "layout_hash": head.layout_hash,
        "rate_hz": repr(head.rate_hz),
        "gain": head.gain,
        "source": head.source,
    }
    if head.calibration is not None:
        values["calibration"] = msgspec.json.encode(head.calibration).decode()
    for key, value in values.items():
        text = str(value)
        if not text.isprintable() or text != text.strip():
            raise RecordingError(f"cannot be a '# key: value' line: {shown(f'{key}: {text}')}")
        yield f"# {key}: {text}\n"
    yield _header(head.n_cells)


def raw_rows(frames: CellFrames) -> Iterator[str]:
    r"""Write frames, a line each, with its '\n'."""
    for row in range(len(frames)):
        yield row_of(frames, row)


def _header(n_cells: int) -> str:
    return ",".join([*FIRST_COLUMNS, *(f"c{n + 1}" for n in range(n_cells))]) + "\n"


def _refusal(source: str, line: int, reason: str) -> RecordingError:
    return RecordingError(f"{source}: line {line}: {reason}")


def _key_and_value(text: str) -> tuple[str, str]:
    key, _, value = text.removeprefix("\ufeff").removeprefix("#").partition(":")
    return key.strip(), value.strip()


def _read_head(
    numbered: Iterator[tuple[int, str]], source: str
) -> tuple[dict[str, str], dict[str, int], list[str], int]:
    meta: dict[str, str] = {}
    lines_of: dict[str, int] = {}
    for line, text in numbered:
        if not text.removeprefix("\ufeff").startswith("#"):
            return meta, lines_of, text.rstrip("\r\n").split(","), line
        key, value = _key_and_value(text)
        if key in meta:
            raise _refusal(source, line, f"{shown(key)} is given twice")
        meta[key], lines_of[key] = value, line
    raise _refusal(source, len(lines_of) + 1, "the file ends before the header")


@dataclass(frozen=True)
class _Fields:
    """The `# key: value` lines, and where they stand."""

    meta: dict[str, str]
    lines_of: dict[str, int]
    source: str
    header_line: int

    def head(self, n_cells: int) -> RawHead:
        return RawHead(
            layout=self.text("layout"),
            layout_hash=self.text("layout_hash"),
            n_cells=n_cells,
            rate_hz=self.rate_hz(),
            gain=self.gain(),
            source=self.text("source"),
            calibration=self.calibration(),
        )

    def text(self, key: str) -> str:
        if not self.meta.get(key):
            raise _refusal(self.source, self.header_line, f"no '# {key}:' line before the header")
        return self.meta[key]

    def refuse(self, key: str, reason: str) -> RecordingError:
        return _refusal(self.source, self.lines_of[key], f"{key}: {reason}")

    def rate_hz(self) -> float:
        text = self.text("rate_hz")
        rate_hz = float(text) if NUMBER.fullmatch(text) else 0.0
        if not 0.0 < rate_hz <= RATE_MAX_HZ:
            raise self.refuse("rate_hz", f"{shown(text)} is no rate")
        return rate_hz

    def gain(self) -> int:
        text = self.text("gain")
        if text not in map(str, GAINS):
            raise self.refuse("gain", f"{shown(text)} is none of {GAINS}")
        return int(text)

    def calibration(self) -> CalibrationSpec | None:
        text = self.meta.get("calibration")
        if text is None:
            return None
        try:
            return msgspec.json.decode(text, type=CalibrationSpec)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self.refuse("calibration", str(error)) from None
