"""A mat whose time passes as fast as this machine goes, with its real link on a real broker.

The daemon's own sampler, put together as `reflexmat run` does, on a clock that leaps instead of
waiting. Its link is the process that it always is, on the machine's clock.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from drivers.base import VirtualClock
from drivers.simulator import Simulator
from pi import run as daemon
from pi.broker_config import HOST
from pi.config import load_config
from pi.handover import UP
from tests.pi.mqtt import DEADLINE_S, MAT

if TYPE_CHECKING:
    from pathlib import Path

    import psutil

    from pi.broker_config import Account
    from pi.courier import Courier
    from pi.handover import Message

START_S = 1000.0
_MUCH = 48
"""Records that may wait for the link before time stands still; it drops some from 256 on."""

_POLL_S = 0.002


class LeapClock(VirtualClock):
    """A clock whose every wait ends on a grid, so that frames come many at a time.

    Parameters
    ----------
    grid_s : float
        At most 1 s: who is away longer loses frames.
    """

    def __init__(self, grid_s: float) -> None:
        super().__init__(START_S)
        self._grid_s = grid_s

    def wait_until(self, t_s: float) -> None:
        """Jump to the next point of the grid, never back."""
        steps = math.ceil(round((t_s - START_S) / self._grid_s, 6))
        super().wait_until(START_S + steps * self._grid_s)


class _OnMachineTime:
    """A courier that looks after its link on the clock that the link runs on."""

    def __init__(self, courier: Courier) -> None:
        self.courier, self.up = courier, threading.Event()

    def send(self, message: Message) -> None:
        self.courier.send(message)

    def poll(self, _mat_s: float, limit: int) -> list[Message]:
        messages = self.courier.poll(time.monotonic(), limit)
        if any(message.topic == UP for message in messages):
            self.up.set()
        return messages


class SwiftMat:
    """One start of a mat in this process.

    Parameters
    ----------
    folder : Path
        What it keeps; made if need be.
    port : int
        Of the broker, or of what stands before it.
    account : Account or None
    rate_hz : float
    grid_s : float
        See `LeapClock`.
    mass_kg : float
        Of who stands on it; next to nothing: nobody.
    log_mb : int

    Attributes
    ----------
    sampler : Sampler
    boot_id : str
    courier : Courier
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        account: Account | None,
        *,
        rate_hz: float = 10.0,
        grid_s: float = 1.0,
        mass_kg: float = 70.0,
        log_mb: int = 512,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        who = ""
        if account:
            (folder / "password").write_text(account.password)
            who = f'user = "{account.user}"\npassword_file = "{folder / "password"}"\n'
        text = (
            f'[mat]\nid = "{MAT}"\n[bank]\nrate_hz = {rate_hz}\nmass_kg = {mass_kg}\n'
            f'[broker]\nhost = "{HOST}"\nport = {port}\n{who}'
            f'[data]\ndir = "{folder}"\nlog_empty_mat = true\nkeep_free_mb = 0\nlog_mb = {log_mb}\n'
        )
        (folder / "mat.toml").write_text(text)
        self.clock = LeapClock(grid_s)
        self._stack = ExitStack()
        self.sampler = daemon.build(load_config(folder / "mat.toml"), self.clock, self._stack)
        self.boot_id = self.sampler._info.boot_id
        self.courier: Courier = self.sampler._messenger  # type: ignore[assignment]
        self.sampler._messenger = messenger = _OnMachineTime(self.courier)
        self._up = messenger.up

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def n_frames(self) -> int:
        """What its simulator has delivered; none is ever missed here."""
        bank = self.sampler._source.bank
        return bank._next if isinstance(bank, Simulator) else 0

    @property
    def link(self) -> psutil.Popen:
        """The process of its link; where one has just ended, the one that follows."""
        give_up_s = time.monotonic() + 3 * DEADLINE_S
        while self.courier._link is None:
            assert time.monotonic() < give_up_s, "no link is started again"
            self.rest(_POLL_S)
        link: psutil.Popen = self.courier._link  # type: ignore[assignment]
        return link

    @property
    def waiting(self) -> int:
        """Records that the link has not taken yet."""
        lane = self.courier._post._records
        return len(lane._queue) + len(lane._sent)

    def wait_up(self) -> None:
        """Stand still until the broker hears this mat."""
        give_up_s = time.monotonic() + 3 * DEADLINE_S
        while not self._up.is_set():
            assert time.monotonic() < give_up_s, "the broker does not hear the mat"
            self.rest(_POLL_S)

    def live(self, seconds: float, *, paced: bool = True) -> None:
        """Let time pass; unless told otherwise, not faster than the card takes it."""
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            self.sampler.run_pass()
            if paced and self.waiting > _MUCH:
                self.stored()

    def stored(self) -> None:
        """Stand still until everything is on the card."""
        give_up_s = time.monotonic() + 6 * DEADLINE_S
        while self.waiting:
            assert time.monotonic() < give_up_s, f"{self.waiting} records wait for the card"
            self.rest(_POLL_S)

    def rest(self, seconds: float) -> None:
        """Let the machine's time pass, and hear what the link says, but not the mat's time."""
        threading.Event().wait(seconds)
        self.sampler._obey(self.clock.now_s())
