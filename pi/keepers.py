"""What keeps how a mat stands, handed to its sampler in one piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from core.calibration import Calibration
    from core.kept import Kept
    from core.zero_tracking import ZeroKept
    from pi.recorder import Recorder


@dataclass(frozen=True)
class Keepers:
    """What keeps things over a restart.

    Attributes
    ----------
    safety : callable
        Takes how the safety engine stands, whenever an alarm has changed and once a minute.
    zero : callable
        Takes what zero tracking has done, once a second.
    calibration : callable
        Takes the calibration after a tare; gives what is done when the card has it.
    log : Recorder
        Takes frames and events for the durable log.
    """

    safety: Callable[[Kept], None]
    zero: Callable[[ZeroKept | None], None]
    calibration: Callable[[Calibration], Future[None]]
    log: Recorder
