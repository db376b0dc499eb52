"""What may be asked about people: their profiles, and who of them is on the mat."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from core.enrolment import PersonId, choose, enrol, remove
from core.errors import ProfileError
from core.profiles import Profile  # noqa: TC001 - msgspec reads the annotation at run time
from pi.commands import OnceKept, Verb

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from core.engine import Engine
    from core.profiles import People

CHANGES_MAX, CHANGES_S = 6, 60.0
"""So many changes of people in so many seconds. Each begins every run of the rules anew: whoever
changed them all the time would silence the mat."""


class ProfileArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`profile.set`: the profile of a person, new or known."""

    person: PersonId
    profile: Profile


class ChooseArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`person.choose`: who is on the mat; null: nobody knows."""

    person: PersonId | None


class RemoveArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`profile.remove`: who is to be forgotten."""

    person: PersonId


class InForce(msgspec.Struct, frozen=True):
    """Result of these verbs: the version that holds now, as in `info`."""

    profile_version: int


class Roster:
    """The people of one mat.

    Parameters
    ----------
    engine : Engine
        Judges by them, or by the configuration while nobody was ever enrolled.
    people : People
        As they were kept.
    keep : callable
        Takes them when they have changed, and now and then; gives what is done when the card has
        them.
    """

    def __init__(
        self, engine: Engine, people: People, keep: Callable[[People], Future[None]]
    ) -> None:
        self._engine = engine
        self._people = people
        self._keep = keep
        self._changed_s: deque[float] = deque(maxlen=CHANGES_MAX)

    @property
    def people(self) -> People:
        """Who is enrolled, and who of them is on the mat."""
        return self._people

    def verbs(self) -> dict[str, Verb]:
        """Give what may be asked."""
        return {
            "profile.set": Verb(ProfileArgs, self._set),
            "profile.remove": Verb(RemoveArgs, self._remove),
            "person.choose": Verb(ChooseArgs, self._choose),
        }

    def choose(self, person: str | None, now_s: float) -> Future[None]:
        """Say who is on the mat.

        Returns
        -------
        Future
            Done when the card has it.

        Raises
        ------
        ProfileError
            If that person is not enrolled, or people were changed too often.
        """
        return self._change(choose(self._people, person), now_s).written

    def keep(self) -> None:
        """Keep them again, in case that failed."""
        self._keep(self._people)

    def _set(self, args: ProfileArgs, now_s: float) -> OnceKept:
        return self._change(
            enrol(self._people, self._engine.layout, args.person, args.profile), now_s
        )

    def _remove(self, args: RemoveArgs, now_s: float) -> OnceKept:
        return self._change(remove(self._people, args.person), now_s)

    def _choose(self, args: ChooseArgs, now_s: float) -> OnceKept:
        return self._change(choose(self._people, args.person), now_s)

    def _change(self, people: People, now_s: float) -> OnceKept:
        if people != self._people:
            self._check_rate(now_s)
            self._engine.set_profile(people)
            self._changed_s.append(now_s)
            self._people = people
        # Also when nothing has changed: it may not be on the card yet.
        return OnceKept(InForce(self._engine.limits.version), self._keep(people))

    def _check_rate(self, now_s: float) -> None:
        full = len(self._changed_s) == CHANGES_MAX
        if full and now_s - self._changed_s[0] < CHANGES_S:
            raise ProfileError(
                f"people were changed {CHANGES_MAX} times in {CHANGES_S:.0f} s, and each change "
                "begins all measuring anew; wait a minute"
            )
