"""`reflexmat record`: what the mat reads goes into a file, raw or as newtons."""

from __future__ import annotations

import functools
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import MatError
from core.recording_rows import FORCE_MAX_N, FORCE_MIN_N
from core.recordings import write_recording
from core.units import CN_PER_N, US_PER_S
from drivers.base import SystemClock
from drivers.recording import RawWriter, head_of
from pi.files import FileError
from pi.measuring import gain_of, known_calibration, only_reader, read_for
from pi.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from drivers.base import CellBank, Clock

    Block = tuple[NDArray[np.float64], NDArray[np.float64]]


class Options(NamedTuple):
    """What the command line says.

    Attributes
    ----------
    config : Path
    out : Path
        The new file.
    seconds : float or None
        How long; None until told to stop.
    newtons : bool
        Forces of the zones instead of raw counts.
    force : bool
        Whether a file that is there is replaced.
    """

    config: Path
    out: Path
    seconds: float | None = None
    newtons: bool = False
    force: bool = False


def run(options: Options, clock: Clock | None = None) -> None:
    """Record until the time is over, or until told to stop; the file is whole then.

    Parameters
    ----------
    options : Options
    clock : Clock, optional
        Default: the machine's own.

    Raises
    ------
    MatError
        If the mat cannot be read, a daemon reads it, or the file cannot be written.
    """
    clock = clock or SystemClock()
    with Stopping() as stopping, only_reader(options.config, clock) as (config, bank):
        _refuse_own_source(options.out, config.bank.file)
        calibration = known_calibration(bank, config)
        if options.newtons and calibration is None:
            raise FileError(f"{options.out}: not calibrated: record --raw, or calibrate first")
        bank.start()
        tally = _Tally(read_for(bank, clock, options.seconds, lambda: stopping.asked))
        write = (
            functools.partial(_write_newtons, calibration)
            if options.newtons and calibration is not None
            else functools.partial(_write_raw, calibration, gain_of(bank, config))
        )
        with _told(options.out), _open_new(options.out, force=options.force) as sink:
            write(sink, bank, tally)
    _say(options.out, tally)


class _Tally:
    """Batches of frames, counted on their way."""

    def __init__(self, batches: Iterator[CellFrames]) -> None:
        self._batches = batches
        self.n_frames = 0
        self.n_left_out = 0

    def __iter__(self) -> Iterator[CellFrames]:
        for frames in self._batches:
            self.n_frames += len(frames)
            yield frames


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Name the file that could not be written; a full disk may show only when it is closed."""
    try:
        yield
    except MatError:
        raise
    except OSError as error:
        raise FileError(f"{out}: {error.strerror}; give another file with --out") from None


def _write_raw(
    calibration: Calibration | None, gain: int, sink: TextIO, bank: CellBank, tally: _Tally
) -> None:
    writer = RawWriter(sink, head_of(bank, gain, calibration.spec if calibration else None))
    for frames in tally:
        writer.write(frames)


def _write_newtons(calibration: Calibration, sink: TextIO, bank: CellBank, tally: _Tally) -> None:
    meta = {
        "layout": bank.layout.spec.id,
        "layout_hash": bank.layout.hash,
        "rate_hz": repr(bank.rate_hz),
        "source": bank.source,
    }
    blocks = (_block(calibration, frames, tally) for frames in tally)
    sink.writelines(write_recording(meta, bank.layout.zone_ids, blocks))


def _block(calibration: Calibration, frames: CellFrames, tally: _Tally) -> Block:
    forces = calibration.forces(frames)
    force_n = np.where(forces.valid, forces.force_cn / CN_PER_N, np.nan)
    # What no foot can press is refused by every reader: no reading, and said at the end.
    beyond = (force_n < FORCE_MIN_N) | (force_n > FORCE_MAX_N)
    tally.n_left_out += int(beyond.sum())
    return forces.t_us / US_PER_S, np.where(beyond, np.nan, force_n)


def _open_new(path: Path, *, force: bool) -> TextIO:
    """Open a file that only its owner can read: how somebody stands is nobody else's business."""
    how = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        handle = os.open(path, how, 0o600)
    except FileExistsError:
        raise FileError(f"{path}: is there already; give another name, or --force") from None
    # Line by line: who is killed loses no whole line.
    return open(handle, "w", buffering=1, encoding="utf-8", newline="")  # noqa: PTH123


def _refuse_own_source(out: Path, source: str) -> None:
    if source and out.exists() and out.samefile(source):
        raise FileError(f"{out}: is the recording that is replayed; give another file with --out")


def _say(out: Path, tally: _Tally) -> None:
    left_out = ""
    if tally.n_left_out:
        left_out = (
            f", {tally.n_left_out} forces beyond {FORCE_MIN_N:g} to {FORCE_MAX_N:g} N left out"
        )
    sys.stdout.write(f"{out}: {tally.n_frames} frames{left_out}\n")
