"""Head of a raw recording: what it says of itself before its first frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from core.calibration import CalibrationSpec
from core.errors import RecordingError
from core.raw_rows import FIRST_COLUMNS
from core.recording_rows import NUMBER, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    yield header_of(head.n_cells) + "\n"


def read_head(numbered: Iterator[tuple[int, str]], source: str) -> tuple[RawHead, int]:
    """Read the lines before the first frame.

    Parameters
    ----------
    numbered : iterator of (int, str)
        Numbers of the lines, and the lines.
    source : str
        Where they came from, for the error text.

    Returns
    -------
    RawHead
    int
        Number of the header's line.

    Raises
    ------
    RecordingError
        "SOURCE: line N: reason".
    """
    meta, lines_of, header, line = _split(numbered, source)
    n_cells = header.count(",") + 1 - len(FIRST_COLUMNS)
    head = _Fields(meta, lines_of, source, line).head(n_cells)
    if not 1 <= n_cells <= MAX_CELLS or header != header_of(n_cells):
        raise _refusal(source, line, f"the header is not {','.join(FIRST_COLUMNS)},c1,c2,...")
    return head, line


def key_and_value(text: str) -> tuple[str, str]:
    """Take a `# key: value` line apart."""
    key, _, value = text.removeprefix("\ufeff").removeprefix("#").partition(":")
    return key.strip(), value.strip()


def header_of(n_cells: int) -> str:
    """Name the columns, in one line without its end."""
    return ",".join([*FIRST_COLUMNS, *(f"c{n + 1}" for n in range(n_cells))])


def _split(
    numbered: Iterator[tuple[int, str]], source: str
) -> tuple[dict[str, str], dict[str, int], str, int]:
    meta: dict[str, str] = {}
    lines_of: dict[str, int] = {}
    for line, text in numbered:
        if not text.removeprefix("\ufeff").startswith("#"):
            return meta, lines_of, text.rstrip("\r\n"), line
        key, value = key_and_value(text)
        if key in meta:
            raise _refusal(source, line, f"{shown(key)} is given twice")
        meta[key], lines_of[key] = value, line
    raise _refusal(source, len(lines_of) + 1, "the file ends before the header")


def _refusal(source: str, line: int, reason: str) -> RecordingError:
    return RecordingError(f"{source}: line {line}: {reason}")


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
