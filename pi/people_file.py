"""Who is enrolled on this mat, on its own card: their limits hold without any network."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

import msgspec

from core.enrolment import check_people
from core.errors import ProfileError
from core.profiles import People
from pi.logs import quoted
from pi.slow_card import DAMAGED, SlowCard

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from core.layout import MatLayout
    from core.profiles import Profile

PEOPLE_FILE = "people.json"

_log = logging.getLogger(__name__)


class PeopleFile:
    """The file of people and their profiles.

    Parameters
    ----------
    path : Path
    layout : MatLayout
        Every profile must fit it: of another mat, words on a zone would be lost.

    Attributes
    ----------
    people : People
        As last read or written.
    """

    def __init__(self, path: Path, layout: MatLayout) -> None:
        self._path, self._layout = path, layout
        self._card = SlowCard(path, "people")
        self.people = People()

    def load(self) -> People:
        """Read who is enrolled; what cannot be used is set aside, and profiles are missing then."""
        try:
            people = msgspec.json.decode(self._path.read_bytes(), type=People)
            check_people(people, self._layout)
        except FileNotFoundError:
            # One was set aside, and the power went before anybody was enrolled again.
            people = People(had_one=any(self._path.parent.glob(self._aside("*"))))
        except (*DAMAGED, ProfileError) as error:
            _log.error("event=people_lost file=%s reason=%s", self._path, quoted(error))
            self._set_aside()
            people = People(had_one=True)
        self.people = people
        return people

    def or_else(self, profile: Profile) -> People | Profile:
        """Say whose limits hold: once anybody was enrolled, the configuration says no more."""
        return self.people if self.people.had_one else profile

    def keep(self, people: People) -> Future[None]:
        """Write who is enrolled now, if that has changed or could not be written before.

        Returns
        -------
        Future
            Done when the card has it.
        """
        if people != self.people or self._card.failed:
            self.people = people
            self._card.write(msgspec.json.encode(people))
        return self._card.written

    def close(self) -> None:
        """Wait until everything is written."""
        self._card.close()

    def _aside(self, number: object) -> str:
        return f"{self._path.stem}-damaged-{number}{self._path.suffix}"

    def _set_aside(self) -> None:
        """Rename the file, over no other one."""
        paths = (self._path.with_name(self._aside(number)) for number in itertools.count(1))
        target = next(path for path in paths if not path.exists())
        try:
            self._path.rename(target)
        except OSError as error:
            _log.error("event=people_not_set_aside file=%s reason=%s", self._path, quoted(error))
        else:
            _log.warning("event=people_set_aside file=%s", target)
