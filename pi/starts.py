"""When sessions began, on the card: `too_often` outlives the daemon (`core.session_starts`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.session_starts import Start, counted, dated, newest_of_each
from pi.slow_card import SlowCard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.clock_story import ClockStory
    from core.engine import Engine
    from core.profiles import People
    from core.wire import SessionRecord

STARTS_FILE = "starts.json"


class Starts:
    """Tells an engine which sessions were before.

    Parameters
    ----------
    engine : Engine
    kept : tuple of Start
        As they were kept.
    keep : callable
        Takes them when they have changed, and now and then.
    machine_boot : str
        See `pi.wallclock.machine_boot`.
    story : callable
        Gives what is known of the wall clock.
    """

    def __init__(
        self,
        engine: Engine,
        kept: tuple[Start, ...],
        keep: Callable[[tuple[Start, ...]], None],
        machine_boot: str,
        story: Callable[[], ClockStory],
    ) -> None:
        self._engine, self._boot, self._story = engine, machine_boot, story
        self._starts, self._keep = kept, keep
        self._told: tuple[object, ...] = ()
        self._running: str | None = None

    def follow(self, session: SessionRecord | None, people: People) -> None:
        """Take the session that runs, and who is on the mat, in each pass."""
        asked = (session and (session.id, session.person), self._story(), people)
        if asked == self._told:
            return
        self._told = asked
        self._note(session)
        self._starts = newest_of_each([self._seen_now(each, people) for each in self._starts])
        person, story = people.person, self._story()
        self._engine.sessions_before(counted(self._starts, person, self._boot, story))
        self.keep(session)

    def keep(self, session: SessionRecord | None) -> None:
        """Keep how it stands."""
        if session and self._starts and self._starts[-1].id == session.id:
            self._replace_last(seen_us=session.seen_us)
        self._keep(self._starts)

    def _note(self, session: SessionRecord | None) -> None:
        """Take what has begun or ended, and whose it is."""
        if self._running and (session is None or session.id != self._running):
            self._replace_last(ended=True)
        self._running = session.id if session else None
        if session is None:
            return
        if not self._starts or self._starts[-1].id != session.id:
            begun = Start(session.id, None, self._boot, session.begin_us, session.seen_us)
            self._starts = (*self._starts, begun)
        self._replace_last(person=session.person)

    def _seen_now(self, start: Start, people: People) -> Start:
        """Date it as well as is known by now; whose it was is forgotten with that person."""
        known = start.person is None or start.person in people.profiles
        mine = start if known else msgspec.structs.replace(start, person=None)
        return dated(mine, self._boot, self._story())

    def _replace_last(self, **changes: object) -> None:
        last = msgspec.structs.replace(self._starts[-1], **changes)
        self._starts = (*self._starts[:-1], last)


class StartsFile:
    """The file of when sessions began.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._card = SlowCard(path, "starts")
        self._kept: tuple[Start, ...] = ()

    def load(self) -> tuple[Start, ...]:
        """Read what the last daemon knew, however it ended."""
        self._kept = self._card.read(tuple[Start, ...]) or ()
        return self._kept

    def keep(self, starts: tuple[Start, ...]) -> None:
        """Write them, if they have changed or could not be written before."""
        if starts != self._kept or self._card.failed:
            self._kept = starts
            self._card.write(msgspec.json.encode(starts))

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()
