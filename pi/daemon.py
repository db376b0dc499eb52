"""The sampler: reads the bank, judges, and tells the link; alarms before anything else.

The engine judges whenever the daemon runs, watched or not. A boot id is random and belongs to one
start of the daemon, not of the machine: running numbers, alarms and leases begin anew with it, so
a command given to an earlier run is refused even though the clock has gone on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

import msgspec

from core.clock_story import ClockStory
from core.wire import MatTime, encode
from core.zeroing import Refusal, Tared
from pi.alarm_verbs import alarm_verbs, press_verb
from pi.commands import Commands, LogArgs, Verb, WatchArgs
from pi.handover import FAULT, UP, Fault, Message
from pi.logs import quoted, set_level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from core.engine import Engine
    from core.rules import AlarmEvent
    from core.telemetry import Telemetry
    from core.wire import Reply
    from pi.guide import Guide
    from pi.keepers import Keepers
    from pi.notify import Supervision
    from pi.panel import Panel
    from pi.source import Source

READ_PERIODS = 2.5
READ_TIMEOUT_S = (0.05, 0.25)
"""A read waits for so many periods of the bank, within these bounds: soon enough to notice
silence before the 0.5 s that make a zone unknown, late enough for 10 frames a second."""

STATE_EVERY_S = 1.0
LIVE_EVERY_S = 0.05
CLOCK_CHECK_EVERY_S = 60.0
KEEP_EVERY_S = 60.0
COMMANDS_A_PASS = 16
"""Commands taken in one pass; more wait in the hand-over."""

_log = logging.getLogger(__name__)


class Messenger(Protocol):
    """What a sampler needs of a `Courier`."""

    def send(self, message: Message) -> None:
        """Hand a message over, now or later."""

    def poll(self, now_s: float, limit: int) -> list[Message]:
        """Take commands, and `UP`, at most `limit`."""


class Sampler:
    """One mat: everything between its bank and its link, one pass at a time.

    Parameters
    ----------
    source : Source
    engine : Engine
    telemetry : Telemetry
    messenger : Messenger
    keep : Keepers
    look_at_clock : callable
        Takes the mat's time, tells of the wall clock; asked at the start and once a minute.

    Attributes
    ----------
    zero_written : Future or None
        Done when the card has the newest tare; None: there was none.
    """

    def __init__(
        self,
        source: Source,
        engine: Engine,
        telemetry: Telemetry,
        messenger: Messenger,
        keep: Keepers,
        look_at_clock: Callable[[float], ClockStory],
    ) -> None:
        self._source = source
        self._engine = engine
        self._telemetry = telemetry
        self._messenger = messenger
        self._keep = keep
        self._clock = source.clock
        self._look_at_clock = look_at_clock
        self._story = ClockStory()
        self._info = telemetry.info()
        self._timeout_s = read_timeout_s(self._info.rate_hz)
        self._limits = engine.limits
        self._verbs = {name: verb for name, verb in self._own().items() if self._lists(name)}
        self._commands = Commands(self._info.boot_id, self._verbs)
        self._panel: Panel | None = None
        self._supervision: Supervision | None = None
        self._guide: Guide | None = None
        self.zero_written: Future[None] | None = None
        self._lease_until_s = self._state_due_s = float("-inf")
        self._clock_due_s = self._clock.now_s() + CLOCK_CHECK_EVERY_S
        self._live_due_s = self._safety_due_s = float("-inf")
        self._send_info()

    def attach(self, panel: Panel) -> None:
        """Take light, buzzer and button of the mat; they come first in each pass."""
        self._panel = panel

    def report_to(self, supervision: Supervision) -> None:
        """Take who is told of each pass that has read and shown."""
        self._supervision = supervision

    @property
    def panel(self) -> Panel | None:
        """Light, buzzer and button, if this mat has any."""
        return self._panel

    def guide_by(self, guide: Guide) -> None:
        """Take who guides the people on this mat."""
        self._guide = guide
        guide.sessions.tell_to(lambda session: self._keep.log.note("session", session))
        self.obey(guide.verbs())

    def obey(self, verbs: dict[str, Verb]) -> None:
        """Take more verbs, of those that `info` lists."""
        self._verbs.update((name, verbs[name]) for name in verbs if self._lists(name))

    @property
    def _session(self) -> str | None:
        running = self._guide.sessions.current if self._guide else None
        return running.id if running else None

    def run_pass(self) -> None:
        """Read once, judge, show it, tell what is due, and obey what was asked."""
        update = self._engine.feed(self._source.read(self._timeout_s))
        shown = self._panel.run(update, self._clock.now_s()) if self._panel else ()
        if self._supervision:
            self._supervision.passed(update, self._engine.active, self._clock.now_s())
        if self._guide:
            self._guide.follow(update)
        self._telemetry.add(update)
        self._tell((*update.events, *shown))
        # Behind what is urgent: once a second it packs.
        self._keep.log.frames(update, self._info, self._session)
        now_s = self._clock.now_s()
        self._send_state_if_due(now_s)
        self._send_live(now_s)
        self._obey(now_s)
        self._keep_safety(now_s)
        self._check_clock(now_s)

    def tare(self, tared_on: str, *, confirmed: bool = False) -> Tared | Refusal:
        """Take the mat as it lies there now for empty; tell and keep the new zero.

        Parameters
        ----------
        tared_on : str
            Date and time, ISO 8601.
        confirmed : bool
            A person beside the mat says that it is empty.

        Returns
        -------
        Tared or Refusal
            A refusal's text is one line for that person.
        """
        tared = self._engine.tare(tared_on, confirmed=confirmed)
        if isinstance(tared, Tared):
            self.zero_written = self._keep.calibration(tared.calibration)
            self._tell(tared.events)
            self._renew_info()
        return tared

    def close(self) -> None:
        """Hand over what is not whole yet."""
        self._keep.log.close()

    def _tell(self, events: Iterable[AlarmEvent]) -> None:
        for event in events:
            told = self._telemetry.event(event)
            self._send("event", told, qos=1)
            self._keep.log.note("event", told)
            # With each event, and a state at once.
            self._state_due_s = self._safety_due_s = float("-inf")

    def _send_state_if_due(self, now_s: float) -> None:
        if now_s < self._state_due_s:
            return
        self._keep.zero(self._engine.zero_kept())
        state = self._telemetry.state()
        if state:
            self._send("state", self._guide.dress(state) if self._guide else state)
        late = now_s - self._state_due_s >= STATE_EVERY_S
        self._state_due_s = (now_s if late else self._state_due_s) + STATE_EVERY_S

    def _send_live(self, now_s: float) -> None:
        if now_s >= self._lease_until_s:
            self._telemetry.drop_live()
        elif now_s >= self._live_due_s:
            payload = self._telemetry.live()
            if payload:
                self._messenger.send(Message("live", payload))
            # On a grid, so that frames at 80 Hz do not stretch 20 messages a second to 16.
            self._live_due_s = max(self._live_due_s + LIVE_EVERY_S, now_s)

    def _obey(self, now_s: float) -> None:
        for message in self._messenger.poll(now_s, COMMANDS_A_PASS):
            if message.topic == UP:
                # Whoever waits for this mat shall not wait another second.
                self._state_due_s = float("-inf")
                continue
            if message.topic == FAULT:
                fault = msgspec.json.decode(message.payload, type=Fault)
                self._engine.report(fault.rule, holds=fault.holds)
                continue
            self._reply(self._commands.handle(message.payload, now_s, retained=message.retain))
        self._reply(*self._commands.settled(now_s))
        self._notice(now_s)
        self._send_state_if_due(now_s)

    def _reply(self, *replies: Reply | None) -> None:
        for reply in filter(None, replies):
            _log.debug("event=command reply=%s", quoted(reply))
            self._send("reply", reply, qos=1)

    def _notice(self, now_s: float) -> None:
        """Tell at once, and sound, what the routine, the button or a command has changed."""
        if self._engine.limits is not self._limits:
            self._limits = self._engine.limits
            self._renew_info()
            self._state_due_s = float("-inf")
        if self._guide:
            self._guide.settle()
            self._state_due_s = float("-inf") if self._guide.has_news() else self._state_due_s
        beeps = self._guide.take_beeps() if self._guide else ()
        if beeps and self._panel:
            self._panel.play(beeps, now_s)

    def _keep_safety(self, now_s: float) -> None:
        if now_s >= self._safety_due_s:
            self._safety_due_s = now_s + KEEP_EVERY_S
            self._keep.safety(self._engine.kept())
            if self._guide:
                self._guide.keep()

    def _check_clock(self, now_s: float) -> None:
        if now_s >= self._clock_due_s:
            self._clock_due_s = now_s + CLOCK_CHECK_EVERY_S
            if self._look_at_clock(now_s) != self._story:
                self._send_info()

    def _renew_info(self) -> None:
        self._info = self._telemetry.info()
        self._send_info()

    def _send_info(self) -> None:
        story = self._story = self._look_at_clock(self._clock.now_s())
        self._info = msgspec.structs.replace(
            self._info,
            clock_synchronised=story.synchronised,
            wall=story.pairs,
            wall_not_before_s=story.not_before_s,
        )
        self._send("info", self._info, qos=1, retain=True)
        self._keep.log.clock(self._info)

    def _send(
        self, name: str, content: msgspec.Struct, *, qos: int = 0, retain: bool = False
    ) -> None:
        _log.debug("event=sent topic=%s", name)
        self._messenger.send(Message(name, encode(content), qos, retain))

    def _lists(self, verb: str) -> bool:
        return verb in self._info.verbs

    def _own(self) -> dict[str, Verb]:
        return {
            **alarm_verbs(self._engine, self._tell, lambda: self._panel),
            "log.level": Verb(LogArgs, lambda args, _now_s: set_level(args.level)),
            "sim.press": press_verb(self._source),
            "watch": Verb(WatchArgs, self._watch),
        }

    def _watch(self, args: WatchArgs, now_s: float) -> MatTime:
        # Several viewers: the longest lease holds.
        self._lease_until_s = max(self._lease_until_s, now_s + args.lease_s)
        return MatTime(self._info.boot_id, now_s)


def read_timeout_s(rate_hz: float) -> float:
    """How long to wait for a frame of a bank of this rate, seconds."""
    shortest_s, longest_s = READ_TIMEOUT_S
    return min(max(READ_PERIODS / rate_hz, shortest_s), longest_s)
