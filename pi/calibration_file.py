"""The calibration of a mat as a file: read with care, written whole, the one before kept beside it.

What was replaced stays as `calibration-<id>.json`: records of that time carry the same id.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from core.calibration import decode_calibration
from core.errors import CalibrationError
from drivers.replay import Replay
from drivers.simulator import Simulator
from pi.files import read_settings, write_private
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from core.calibration import Calibration, CalibrationSpec
    from core.layout import MatLayout
    from drivers.base import CellBank

CALIBRATION_FILE = "calibration.json"


def load(path: Path, layout: MatLayout, made_for: str = "") -> Calibration:
    """Read a calibration.

    Parameters
    ----------
    path : Path
    layout : MatLayout
    made_for : str
        Which cells it must belong to, as in `CalibrationSpec`: empty for real ones.

    Raises
    ------
    CalibrationError
        One line, if it cannot be read, is damaged, or belongs to other cells.
    """
    try:
        text = read_settings(path).encode()
    except FileNotFoundError:
        raise CalibrationError(
            f"{path}: this mat was never calibrated; run reflexmat calibrate"
        ) from None
    except OSError as error:
        raise CalibrationError(f"{path}: {error.strerror or error}; calibrate it again") from None
    except UnicodeDecodeError:
        raise CalibrationError(f"{path}: damaged, not text (UTF-8); calibrate it again") from None
    calibration = decode_calibration(text, layout, str(path))
    found = calibration.spec.made_for
    if found != made_for:
        raise CalibrationError(
            f"{path}: made for {found or 'real cells'}, this mat has {made_for or 'real cells'}; "
            "calibrate it again"
        )
    return calibration


def load_if_any(path: Path, layout: MatLayout, made_for: str = "") -> Calibration | None:
    """Read a calibration; None if there is none that can be used."""
    try:
        return load(path, layout, made_for)
    except CalibrationError:
        return None


def calibrate(bank: CellBank, path: Path, today: str) -> Calibration:
    """Load the calibration of a bank; that of made-up cells is made first, unless there is one.

    One from a rehearsal (`reflexmat calibrate` on the simulator) is kept: it was made for the same
    cells. One of other cells, real or made up, is put aside.

    Parameters
    ----------
    bank : CellBank
    path : Path
        File of the calibration.
    today : str
        Date, ISO 8601.

    Raises
    ------
    MatError
        If the file cannot be written or used.
    """
    if not isinstance(bank, Simulator | Replay):
        return load(path, bank.layout)
    made = bank.calibration_spec(today)
    if load_if_any(path, bank.layout, made.made_for) is None:
        save(path, made, bank.layout)
    return load(path, bank.layout, made.made_for)


def save(path: Path, spec: CalibrationSpec, layout: MatLayout) -> None:
    """Write a calibration, and keep the one before.

    Raises
    ------
    FileError
        If it cannot be written; the file then is as it was.
    """
    try:
        before = path.read_bytes()
    except FileNotFoundError:
        before = b""
    if before:
        write_private(path.with_name(f"calibration-{_name(before, layout)}.json"), before)
    write_private(path, msgspec.json.format(msgspec.json.encode(spec), indent=1))


class CalibrationKeeper:
    """Writes what a tare of the running mat changed, in a thread of its own.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._card = SlowCard(path, "tare")

    def keep(self, calibration: Calibration) -> Future[None]:
        """Write a calibration soon; a card that cannot be written is logged."""
        self._card.carry_out(lambda: save(self._path, calibration.spec, calibration.layout))
        return self._card.written

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()


def _name(content: bytes, layout: MatLayout) -> str:
    """Name what is replaced by its id; what is no calibration of this mat, by its content."""
    try:
        return decode_calibration(content, layout, "").id
    except CalibrationError:
        return f"other-{hashlib.sha256(content).hexdigest()[:8]}"
