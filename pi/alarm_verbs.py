"""What may be asked of the alarms of a mat, and of a simulated one's feet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import MatError
from core.units import US_PER_S
from drivers.simulator import Simulator
from pi.commands import AckArgs, PauseArgs, PressArgs, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from core.engine import Engine
    from core.rules import AlarmEvent
    from pi.panel import Panel
    from pi.source import Source


def alarm_verbs(
    engine: Engine,
    tell: Callable[[Iterable[AlarmEvent]], None],
    panel: Callable[[], Panel | None],
) -> dict[str, Verb]:
    """Give the verbs that answer an alarm.

    Parameters
    ----------
    engine : Engine
    tell : callable
        Takes what has changed.
    panel : callable
        Gives light and sound of the mat, if it has any.
    """

    def acknowledge(args: AckArgs, now_s: float) -> None:
        t_us = round(now_s * US_PER_S)
        tell(engine.acknowledge(t_us, args.zone, args.rule, beside=args.beside))
        quiet(args)

    def pause(args: PauseArgs, now_s: float) -> None:
        t_us = round(now_s * US_PER_S)
        tell(engine.pause(t_us, args.seconds, args.zone, args.rule))
        quiet(args)

    def quiet(args: AckArgs | PauseArgs) -> None:
        """Take the sound of the mat itself, if whoever asks is beside it."""
        shown = panel()
        if args.beside and shown:
            shown.silence(args.zone, args.rule)

    return {
        "alarm.ack": Verb(AckArgs, acknowledge, always=True),
        "alarm.pause": Verb(PauseArgs, pause, always=True),
    }


def press_verb(source: Source) -> Verb:
    """Give the verb that presses a zone of a simulated mat."""

    def press(args: PressArgs, _now_s: float) -> None:
        bank = source.bank
        if not isinstance(bank, Simulator):
            raise MatError("the simulated mat is not running")
        bank.press(args.zone, args.seconds)

    return Verb(PressArgs, press)
