"""The guide of a mat, put together from the files in its data directory."""

from __future__ import annotations

import functools
import secrets
from typing import TYPE_CHECKING

from pi.guide import Guide
from pi.people_file import PEOPLE_FILE, PeopleFile
from pi.roster import Roster
from pi.routine_run import RoutineRun
from pi.session_file import SESSION_FILE, SessionFile
from pi.sessions import Sessions
from pi.shelf import ROUTINES_FILE, Shelf
from pi.shelf_file import ShelfFile
from pi.starts import STARTS_FILE, Starts, StartsFile

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from core.engine import Engine
    from core.layout import MatLayout
    from core.wire import Info
    from pi.wallclock import WallClock


def open_people(folder: Path, layout: MatLayout, stack: ExitStack) -> PeopleFile:
    """Read who is enrolled on a mat; `stack` takes what must be closed."""
    file = PeopleFile(folder / PEOPLE_FILE, layout)
    stack.callback(file.close)
    file.load()
    return file


def make_guide(
    engine: Engine,
    people: PeopleFile,
    info: Info,
    folder: Path,
    clock: WallClock,
    stack: ExitStack,
) -> Guide:
    """Make a guide that knows in which session the last daemon ended.

    Parameters
    ----------
    engine : Engine
    people : PeopleFile
        Loaded.
    info : Info
        What the mat says of itself.
    folder : Path
        The data directory.
    clock : WallClock
    stack : ExitStack
        Takes what must be closed.
    """
    file = SessionFile(folder / SESSION_FILE)
    stack.callback(file.close)
    new_id = functools.partial(secrets.token_hex, 16)
    sessions = Sessions(engine, info.boot_id, new_id, file.keep, file.load())
    stack.callback(sessions.keep)
    roster = Roster(engine, people.people, people.keep)
    routines = ShelfFile(folder / ROUTINES_FILE)
    stack.callback(routines.close)
    shelf = Shelf(routines.load(), routines.keep)
    before = StartsFile(folder / STARTS_FILE)
    stack.callback(before.close)
    starts = Starts(engine, before.load(), before.keep, clock.boot, lambda: clock.story)
    routine = RoutineRun(engine, info.rate_hz, shelf.spec)
    return Guide(roster, sessions, routine, shelf, starts)
