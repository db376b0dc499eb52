"""What `diagnose` and `record` share: a bank that nobody else reads, for some seconds."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.calibration import fit_to
from core.errors import MatError
from drivers.errors import DriverError
from drivers.replay import Replay
from drivers.simulator import Simulator
from pi.banks import make_bank, make_empty_bank
from pi.calibration_file import CALIBRATION_FILE, load, load_if_any
from pi.config import load_config
from pi.files import hold, make_private_dir
from pi.layouts import find_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.calibration import Calibration
    from core.frames import CellFrames
    from drivers.base import CellBank, Clock
    from pi.config import Config

READ_EVERY_S = 0.25
"""Longest wait for frames: how soon Ctrl-C is heard."""


@contextmanager
def only_reader(
    config_path: Path, clock: Clock, *, empty: bool = False
) -> Iterator[tuple[Config, CellBank]]:
    """Open the bank of a configuration, not started, while no daemon runs.

    Parameters
    ----------
    config_path : Path
        TOML, see `pi.config`.
    clock : Clock
    empty : bool
        Whether nobody stands on a simulated mat.

    Yields
    ------
    (Config, CellBank)

    Raises
    ------
    MatError
        If the configuration cannot be used, or a daemon holds the mat.
    """
    config = load_config(config_path)
    layout = find_layout(config.mat.layout)
    folder = Path(config.data.dir)
    make_private_dir(folder)
    with hold(folder / "daemon.lock", "daemon"):
        alone = empty and config.bank.kind == "simulator"
        bank = (make_empty_bank if alone else make_bank)(config, layout, clock)
        try:
            yield config, bank
        finally:
            bank.close()


def known_calibration(bank: CellBank, config: Config) -> Calibration | None:
    """Give the calibration of a bank, None if there is none; nothing is written.

    Raises
    ------
    CalibrationError
        If the file is there and cannot be used.
    """
    path = Path(config.data.dir) / CALIBRATION_FILE
    if not isinstance(bank, Simulator | Replay):
        return load(path, bank.layout) if path.exists() else None
    made_up = _made_up(bank)
    # One from a rehearsal is of the same cells, as the daemon takes it.
    made_for = made_up.spec.made_for if made_up else ""
    return (load_if_any(path, bank.layout, made_for) if made_for else None) or made_up


def gain_of(bank: CellBank, config: Config) -> int:
    """Gain of the converters: a raw recording knows its own."""
    return bank.gain if isinstance(bank, Replay) else config.bank.gain


def _made_up(bank: Simulator | Replay) -> Calibration | None:
    today = datetime.now(UTC).date().isoformat()
    try:
        return fit_to(bank.calibration_spec(today), bank.layout)
    except MatError:
        # A raw recording without a calibration.
        return None


def read_for(
    bank: CellBank, clock: Clock, seconds: float | None, stopped: Callable[[], bool]
) -> Iterator[CellFrames]:
    """Read a bank, with a bar on a terminal.

    Parameters
    ----------
    bank : CellBank
        Started.
    clock : Clock
        The bank's.
    seconds : float or None
        How long; None until `stopped`, or until a recording ends.
    stopped : callable
        Asked before every read.

    Yields
    ------
    CellFrames
        In order, none left out.
    """
    begin_s = clock.now_s()
    end_s = float("inf") if seconds is None else begin_s + seconds
    with _bar() as progress:
        task = progress.add_task("reading", total=seconds)
        while not stopped() and (left_s := end_s - clock.now_s()) > 0 and not _at_end(bank):
            yield _read(bank, min(left_s, READ_EVERY_S))
            progress.update(task, completed=clock.now_s() - begin_s)


def _read(bank: CellBank, timeout_s: float) -> CellFrames:
    try:
        return bank.read(timeout_s)
    except MatError:
        raise
    except OSError as error:
        reason = error.strerror or error
        raise DriverError(f"the {bank.source} cannot be read: {reason}; check it") from None


def _at_end(bank: CellBank) -> bool:
    return isinstance(bank, Replay) and bank.finished


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
