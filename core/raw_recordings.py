"""Raw recordings: what a bank read, counts and status, as CSV text; docs/recordings.md.

Lines in, frames out, and back, equal frame for frame to the microsecond. One frame a line, with
the columns seq, t_s, status, age_s, lost, c1, c2, ...: `status`, `age_s` and `lost` are empty
where they are 0 for every cell, else hold one value for each cell, with blanks between. A last
line without its line end is a line that was cut short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from core.calibration import fit_to
from core.errors import CalibrationError, RecordingError
from core.raw_head import KIND, RawHead, key_and_value, read_head
from core.raw_rows import RowReader, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from core.calibration import Calibration
    from core.frames import CellFrames
    from core.layout import MatLayout


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
        raw = raw or key_and_value(text) == ("kind", KIND)
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
    head, header_line = read_head(numbered, source)
    blocks = RowReader(head.n_cells, source).blocks(numbered, max(block_rows, 1))
    first = next(blocks, None)
    if first is None:
        raise RecordingError(f"{source}: line {header_line}: no rows after the header")
    return RawRecording(head, chain([first], blocks), source)


def raw_rows(frames: CellFrames) -> Iterator[str]:
    r"""Write frames, a line each, with its '\n'."""
    for row in range(len(frames)):
        yield row_of(frames, row)
