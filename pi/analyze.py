"""`reflexmat analyze`: a recording through the same engine as a live mat, and its figures."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from rich.console import Console
from rich.progress import Progress

from core.engine import Engine
from core.errors import MatError, RecordingError
from core.frames import ForceFrames
from core.profiles import Profile
from core.raw_recordings import read_raw, sniff
from core.recordings import read_recording
from core.sessions import Summariser, Summary
from core.units import to_cn, to_us
from pi.figure_tables import show
from pi.files import check_readable
from pi.layouts import find_layout, layout_named_in
from pi.profile_file import read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from core.layout import MatLayout
    from core.recordings import Recording
    from core.update import Update

_LINES_AT_ONCE = 4096


def run(file: Path, layout: str | None, profile: Path | None, *, as_json: bool) -> None:
    """Print the figures of a recording.

    Parameters
    ----------
    file : Path
        CSV as in DESIGN section 5.
    layout : str or None
        Name of a shipped layout, or a TOML file; None takes the one that the recording names.
    profile : Path or None
        TOML as in docs/safety.md; None takes the recording's, else the defaults.
    as_json : bool
        JSON with the keys of DESIGN section 10 instead of tables.

    Raises
    ------
    MatError
        One line with file, line and reason.
    """
    summary = summarise(file, layout, profile)
    if as_json:
        sys.stdout.write(
            msgspec.json.format(msgspec.json.encode(summary), indent=1).decode() + "\n"
        )
    else:
        show(summary, file)


def summarise(file: Path, layout: str | None = None, profile: Path | None = None) -> Summary:
    """Work out the figures of a recording, in memory that hardly grows with its length.

    Raises
    ------
    MatError
        One line with file, line and reason.
    """
    with _Text(file) as text:
        raw, lines = sniff(text.lines())
        opened = _open_raw if raw else _open_forces
        engine, rate_hz, updates = opened(lines, file, layout, profile)
        summariser = Summariser(engine, rate_hz)
        for update in updates:
            summariser.add(update)
    return summariser.result()


def _open_forces(
    lines: Iterator[str], file: Path, layout: str | None, profile: Path | None
) -> tuple[Engine, float, Iterator[Update]]:
    recording = read_recording(lines, str(file))
    mat = _layout(recording, layout, file)
    engine = Engine(mat, _profile(recording.meta, profile, file))
    return engine, recording.rate_hz, map(engine.feed_forces, _forces(recording, mat))


def _forces(recording: Recording, mat: MatLayout) -> Iterator[ForceFrames]:
    columns = recording.columns_for(mat)
    n_frames = 0
    for block in recording.blocks:
        force_n = block.force_n[:, columns]
        seq = np.arange(n_frames, n_frames + len(block.t_s))
        valid = ~np.isnan(force_n)
        yield ForceFrames(seq, to_us(block.t_s), to_cn(np.nan_to_num(force_n)), valid)
        n_frames += len(seq)


def _open_raw(
    lines: Iterator[str], file: Path, layout: str | None, profile: Path | None
) -> tuple[Engine, float, Iterator[Update]]:
    """Open raw counts: the calibration that they carry makes newtons of them."""
    recording = read_raw(lines, str(file))
    head = recording.head
    mat = layout_named_in(file, head.layout) if layout is None else find_layout(layout)
    recording.check_layout(mat)
    calibration = recording.calibration(mat)
    engine = Engine(mat, _profile({}, profile, file), calibration)
    return engine, head.rate_hz, map(engine.feed, recording.blocks)


def _layout(recording: Recording, layout: str | None, file: Path) -> MatLayout:
    if layout is not None:
        return find_layout(layout)
    name = recording.meta.get("layout")
    if name is None:
        raise RecordingError(f"{file}: line 1: no '# layout:' line; name one with --layout")
    return layout_named_in(file, name)


def _profile(meta: Mapping[str, str], profile: Path | None, file: Path) -> Profile:
    if profile is not None:
        return read_profile(profile)
    try:
        return msgspec.json.decode(meta.get("profile", "{}"), type=Profile)
    # Too many digits or brackets are plain ValueError or RecursionError.
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise MatError(f"{file}: profile: {error}") from None


class _Text:
    """Lines of a file, with a progress bar on a terminal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._progress = Progress(
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        )

    def __enter__(self) -> _Text:
        try:
            check_readable(self._path)
            self._file = self._path.open(encoding="utf-8", newline="")
        except OSError as error:
            raise MatError(f"{self._path}: {error.strerror}") from None
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
        self._file.close()

    def lines(self) -> Iterator[str]:
        task = self._progress.add_task("reading", total=self._path.stat().st_size)
        try:
            while lines := list(islice(self._file, _LINES_AT_ONCE)):
                yield from lines
                self._progress.advance(task, sum(map(len, lines)))
        except UnicodeDecodeError:
            # The decoder works ahead of the lines: which of them it was is looked up.
            raise RecordingError(f"{self._path}: {self._bad_line()}: not text (UTF-8)") from None
        except OSError as error:
            raise RecordingError(f"{self._path}: {error.strerror}") from None

    def _bad_line(self) -> str:
        if not self._path.is_file():
            return "somewhere"  # a pipe cannot be read again
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return f"line {number}"
        return "somewhere"
