"""What may be asked of a mat by who looks after it: zero, self-test, which mat it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from core.errors import MatError
from core.signals import IDENTIFY, SELF_TEST
from core.zeroing import Refusal
from pi.commands import NoArgs, OnceKept, Verb

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from core.signals import Step
    from core.zeroing import Tared
    from pi.panel import Panel, Played


class TareArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tare`: whether a person beside the mat says that it is empty."""

    confirmed: bool = False


class Zeroed(msgspec.Struct, frozen=True):
    """Result of `tare`."""

    calibration_id: str


class Mat(Protocol):
    """What is needed of a `Sampler`."""

    @property
    def panel(self) -> Panel | None:
        """Light, buzzer and button, if it has any."""

    @property
    def zero_written(self) -> Future[None] | None:
        """Done when the card has the newest tare."""

    def tare(self, tared_on: str, *, confirmed: bool = False) -> Tared | Refusal:
        """Take the mat as it lies there now for empty."""


def upkeep_of(mat: Mat, wall_now: Callable[[], str]) -> dict[str, Verb]:
    """Give the verbs for looking after a mat.

    Parameters
    ----------
    mat : Mat
    wall_now : callable
        Gives date and time, ISO 8601.
    """

    def tare(args: TareArgs, _now_s: float) -> Zeroed | OnceKept:
        found = mat.tare(wall_now(), confirmed=args.confirmed)
        if isinstance(found, Refusal):
            hint = "; if the mat is empty, send confirmed = true" if found.asks else ""
            raise MatError(f"{found.text}{hint}")
        zeroed = Zeroed(found.calibration.id)
        return OnceKept(zeroed, mat.zero_written) if mat.zero_written else zeroed

    def play(steps: tuple[Step, ...], now_s: float) -> Played:
        if mat.panel is None:
            raise MatError("this mat has no light and no buzzer")
        return mat.panel.play(steps, now_s)

    return {
        "tare": Verb(TareArgs, tare),
        "selftest": Verb(NoArgs, lambda _, now_s: play(SELF_TEST, now_s)),
        "identify": Verb(NoArgs, lambda _, now_s: play(IDENTIFY, now_s)),
    }
