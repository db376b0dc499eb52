"""People, on which mats they are enrolled, and the versions of their profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dashboard.store.backend import Backend


class Person(msgspec.Struct, frozen=True):
    """Somebody whose sessions are kept.

    Attributes
    ----------
    id : str
        As the mats know them: 1 to 64 of A-Z a-z 0-9 _ . - and random, never one twice.
    name : str
    created_s : float
        s since 1970.
    """

    id: str
    name: str
    created_s: float


class ProfileVersion(msgspec.Struct, frozen=True):
    """One version of a profile.

    Attributes
    ----------
    person : str
    version : int
    body : str
        The fields of docs/safety.md, JSON.
    who, why : str
        Who made it, and the reason.
    made_s : float
        s since 1970.
    """

    person: str
    version: int
    body: str
    who: str
    why: str
    made_s: float


class Enrolment(msgspec.Struct, frozen=True):
    """A person on a mat, and the version that the mat last said to hold (None: never)."""

    mat: str
    person: str
    version: int | None
    confirmed_s: float | None


class People:
    """Rows of people and what belongs to them.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, person: Person) -> None:
        """Add somebody whose id is new.

        Raises
        ------
        ValueError
            If that id is, or was, somebody's.
        """
        with self._db.transaction():
            taken = self._db.one(
                "SELECT 1 FROM person WHERE id = ? UNION SELECT 1 FROM deleted_person WHERE id = ?",
                person.id, person.id,
            )  # fmt: skip
            if taken:
                raise ValueError(f"person {person.id}: this id is taken")
            self._db.execute(
                "INSERT INTO person VALUES (?, ?, ?)", person.id, person.name, person.created_s
            )

    def rename(self, person: str, name: str) -> bool:
        """Give somebody another name; False: there is nobody of that id."""
        return bool(self._db.execute("UPDATE person SET name = ? WHERE id = ?", name, person))

    def get(self, person: str) -> Person | None:
        """Find somebody."""
        row = self._db.one("SELECT id, name, created_s FROM person WHERE id = ?", person)
        return Person(*row) if row else None

    def all(self) -> list[Person]:
        """List everybody, by name."""
        rows = self._db.rows("SELECT id, name, created_s FROM person ORDER BY name, id")
        return [Person(*row) for row in rows]

    def forget(self, person: str, now_s: float) -> None:
        """Delete somebody with their profiles and enrolments; the id stays taken."""
        self._db.execute("DELETE FROM person WHERE id = ?", person)
        self._db.execute(
            "INSERT INTO deleted_person VALUES (?, ?) ON CONFLICT DO NOTHING", person, now_s
        )

    def mats_of(self, person: str) -> list[str]:
        """List the mats that somebody is enrolled on."""
        rows = self._db.rows("SELECT mat FROM enrolment WHERE person = ? ORDER BY mat", person)
        return [mat for (mat,) in rows]

    def is_deleted(self, person: str) -> bool:
        """Whether somebody of that id was deleted."""
        return self._db.one("SELECT 1 FROM deleted_person WHERE id = ?", person) is not None

    def enrol(self, mat: str, person: str) -> None:
        """Let somebody use a mat; twice is once."""
        self._db.execute(
            "INSERT INTO enrolment (mat, person) VALUES (?, ?) ON CONFLICT DO NOTHING", mat, person
        )

    def leave(self, mat: str, person: str) -> None:
        """Let somebody no longer use a mat."""
        self._db.execute("DELETE FROM enrolment WHERE mat = ? AND person = ?", mat, person)

    def confirm(self, mat: str, person: str, version: int | None, now_s: float) -> None:
        """Note which version of somebody's profile the mat says to hold; None: not the newest."""
        self._db.execute(
            "UPDATE enrolment SET version = ?, confirmed_s = ? WHERE mat = ? AND person = ?",
            version, None if version is None else now_s, mat, person,
        )  # fmt: skip

    def doubt(self, mat: str) -> None:
        """Note that nobody knows any more which profiles a mat holds."""
        self._db.execute(
            "UPDATE enrolment SET version = NULL, confirmed_s = NULL WHERE mat = ?", mat
        )

    def newest_on(self, mat: str) -> dict[str, int]:
        """Tell the newest version of everybody who uses a mat and has a profile."""
        rows = self._db.rows(
            "SELECT enrolment.person, max(profile.version) FROM enrolment JOIN profile "
            "ON profile.person = enrolment.person WHERE mat = ? GROUP BY enrolment.person",
            mat,
        )
        return dict(rows)

    def enrolled(self, mat: str) -> list[Enrolment]:
        """List who uses a mat, by id."""
        rows = self._db.rows(
            "SELECT mat, person, version, confirmed_s FROM enrolment WHERE mat = ? ORDER BY person",
            mat,
        )
        return [Enrolment(*row) for row in rows]

    def add_profile(self, profile: ProfileVersion) -> None:
        """Add the next version of a profile.

        Raises
        ------
        ValueError
            If it is not above the newest: versions only rise.
        """
        with self._db.transaction():
            newest = self.newest_profile(profile.person)
            if newest and profile.version <= newest.version:
                raise ValueError(f"profile version {profile.version}: {newest.version} is there")
            self._db.execute(
                "INSERT INTO profile VALUES (?, ?, ?, ?, ?, ?)", *msgspec.structs.astuple(profile)
            )

    def newest_profile(self, person: str) -> ProfileVersion | None:
        """Find the newest version of somebody's profile."""
        return next(iter(self.profiles(person)), None)

    def profile(self, person: str, version: int) -> ProfileVersion | None:
        """Find a version of somebody's profile."""
        found = (each for each in self.profiles(person) if each.version == version)
        return next(found, None)

    def profiles(self, person: str) -> list[ProfileVersion]:
        """List the versions of somebody's profile, the newest first."""
        rows = self._db.rows(
            "SELECT person, version, body, who, why, made_s FROM profile WHERE person = ? "
            "ORDER BY version DESC",
            person,
        )
        return [ProfileVersion(*row) for row in rows]
