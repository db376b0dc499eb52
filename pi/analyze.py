"""`reflexmat analyze`: a recording through the same engine as a live mat, and its figures."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from core.engine import Engine
from core.errors import MatError, RecordingError
from core.frames import ForceFrames
from core.profiles import Profile
from core.raw_recordings import read_raw, sniff
from core.recordings import read_recording
from core.rules import UNITS
from core.sessions import Summariser, Summary
from core.units import to_cn, to_us
from pi.files import check_readable
from pi.layouts import find_layout, layout_named_in
from pi.profile_file import read_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from core.engine import Update
    from core.layout import MatLayout
    from core.recordings import Recording

_LINES_AT_ONCE = 4096
_ZONE_COLUMNS = {
    "max N": "max_force_n",
    "mean N": "mean_force_n",
    "max kPa": "max_pressure_kpa",
    "mean kPa": "mean_pressure_kpa",
    "est. peak kPa": "max_peak_est_kpa",
    "FTI N·s": "fti_n_s",
    "PTI kPa·s": "pti_kpa_s",
    "dose kPa·s": "dose_kpa_s",
    "contact s": "contact_s",
    "longest s": "longest_contact_s",
    "loaded s": "loaded_s",
}


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
        _print(summary, file)


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


def _print(summary: Summary, file: Path) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(
        f"[bold]{escape(file.name)}[/]: {summary.duration_s:.2f} s, {summary.n_frames} frames, "
        f"{summary.rate_hz:g} Hz",
        highlight=False,
    )
    console.print(
        f"Total mean {_shown(summary.total_force_n.mean)} N, "
        f"max {_shown(summary.total_force_n.max)} N, "
        f"left share {_shown(summary.left_share_pct)} %, "
        f"symmetry index {_shown(summary.symmetry_index_pct)} %",
        highlight=False,
    )
    console.print(_zones_table(summary))
    console.print(_feet_table(summary))
    console.print(_sway_table(summary))
    console.print(_events_table(summary))


def _zones_table(summary: Summary) -> Table:
    table = Table(title="Zones", title_justify="left")
    table.add_column("zone", no_wrap=True)
    for name in _ZONE_COLUMNS:
        table.add_column(name, justify="right")
    for zone, figures in summary.zones.items():
        table.add_row(zone, *(_shown(getattr(figures, key)) for key in _ZONE_COLUMNS.values()))
    return table


def _sway_table(summary: Summary) -> Table:
    return _side_by_side(
        "Centre of pressure",
        {
            "both": summary.cop,
            "left": summary.feet["left"].cop,
            "right": summary.feet["right"].cop,
        },
    )


def _feet_table(summary: Summary) -> Table:
    return _side_by_side("Feet", summary.feet)


def _side_by_side(title: str, columns: Mapping[str, msgspec.Struct]) -> Table:
    """Show the figures of several structs of one kind beside each other."""
    table = Table("figure", title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right")
    for key in next(iter(columns.values())).__struct_fields__:
        if key != "cop":
            table.add_row(key, *(_shown(getattr(each, key)) for each in columns.values()))
    return table


def _events_table(summary: Summary) -> Table:
    title = f"Alarms: {sum(event.state == 'raised' for event in summary.events)} raised"
    table = Table("t s", "rule", "zone", "priority", "state", title=title, title_justify="left")
    for name in ("value", "limit"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for event in summary.events:
        table.add_row(
            f"{event.t_s:.3f}",
            event.rule,
            event.zone,
            event.priority,
            event.state,
            _shown(event.value),
            _shown(event.limit),
            "" if event.value is None else UNITS.get(event.rule, "kPa"),
        )
    return table


def _shown(value: float | str | None) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else str(round(value, 1))
