"""A mat in the hands of who works on it: its bank, read by this program while no daemon runs."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from core.errors import MatError
from core.frames import join_cell_frames
from core.profiles import People
from core.units import CN_PER_N
from core.zone_limits import limits_for
from drivers.base import SystemClock, VirtualClock
from drivers.simulator import Simulator
from pi.banks import make_empty_bank
from pi.calibration_file import CALIBRATION_FILE, calibrate, load, load_if_any
from pi.config import load_config
from pi.daemon import read_timeout_s
from pi.files import HeldError, hold, make_private_dir
from pi.layouts import find_layout
from pi.people_file import PEOPLE_FILE, PeopleFile
from pi.profile_file import profile_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.frames import CellFrames
    from drivers.base import Clock
    from pi.config import Config

READ_S = 0.1
"""Frames are taken together for so long: often enough for a live reading."""


class IdleMat:
    """The mat of a configuration, held until the end of a `with`.

    Parameters
    ----------
    config_path : Path
    hurry : bool
        Let a simulated mat's time jump instead of waiting for it.

    Attributes
    ----------
    layout : MatLayout
    bank : CellBank
    path : Path
        Of the calibration.
    contact_n : ndarray of float64, shape (n_zones,)
        Force from which a zone counts as touched, newtons.

    Raises
    ------
    MatError
        If the configuration cannot be used, or the daemon holds the mat.
    """

    def __init__(self, config_path: Path, *, hurry: bool = False) -> None:
        config = load_config(config_path)
        self.layout = find_layout(config.mat.layout)
        folder = Path(config.data.dir)
        make_private_dir(folder)
        self.path = folder / CALIBRATION_FILE
        simulated = config.bank.kind == "simulator"
        self._clock: Clock = VirtualClock() if hurry and simulated else SystemClock()
        self._stack = ExitStack()
        with ExitStack() as stack:
            try:
                stack.enter_context(hold(folder / "daemon.lock", "daemon"))
            except HeldError:
                raise MatError(
                    f"{folder}: the daemon holds this mat; stop it first (systemctl stop "
                    "reflexmat), or for a tare hold the mat's button for 3 s"
                ) from None
            self.contact_n = self._contact_n(folder, config)
            self.bank = make_empty_bank(config, self.layout, self._clock)
            stack.callback(self.bank.close)
            self.bank.start()
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _contact_n(self, folder: Path, config: Config) -> NDArray[np.float64]:
        """Say what counts as touched, by who is enrolled, as the daemon does."""
        people = PeopleFile(folder / PEOPLE_FILE, self.layout)
        people.load()
        whose = people.or_else(profile_of(config))
        profiles = whose.in_force if isinstance(whose, People) else (whose,)
        return limits_for(self.layout, *profiles).contact_cn / CN_PER_N

    @property
    def made_for(self) -> str:
        """Which cells these are, as in `CalibrationSpec`."""
        bank = self.bank
        return bank.calibration_spec("").made_for if isinstance(bank, Simulator) else ""

    @property
    def simulated(self) -> Simulator | None:
        """The bank, if it is a simulator."""
        return self.bank if isinstance(self.bank, Simulator) else None

    def calibration(self) -> Calibration:
        """Read the calibration; that of a simulated mat is made up if there is none.

        Raises
        ------
        MatError
        """
        if self.simulated:
            return calibrate(self.bank, self.path, today())
        return load(self.path, self.layout, self.made_for)

    def calibration_if_any(self) -> Calibration | None:
        """Read the calibration; None if there is none that can be used."""
        return load_if_any(self.path, self.layout, self.made_for)

    def read(self) -> CellFrames:
        """Take all frames of the next tenth of a second."""
        timeout_s = read_timeout_s(self.bank.rate_hz)
        until_s = self._clock.now_s() + READ_S
        parts = [self.bank.read(timeout_s)]
        while self._clock.now_s() < until_s:
            parts.append(self.bank.read(timeout_s))
        return join_cell_frames(parts)


def today() -> str:
    """Give the date, ISO 8601, UTC."""
    return datetime.now(UTC).date().isoformat()


def now() -> str:
    """Give date and time to the second, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
