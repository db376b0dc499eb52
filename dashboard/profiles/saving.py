"""A new version of somebody's profile: rules, row and audit line in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.profiles import Profile
from dashboard.accounts.deeds import About, note
from dashboard.accounts.limits import ANY_ZONE, loosened
from dashboard.accounts.roles import may
from dashboard.profiles.editing import ZONE, ProblemsError
from dashboard.store.people import ProfileVersion

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.accounts.deeds import Doer
    from dashboard.store.accounts import Account
    from dashboard.store.repository import Store

LOOSENS = "Only a clinician may set this less careful than it is."
STANDS = "Fragile zones and those to keep off are for sitting: only a clinician may let stand."
MEANWHILE = "Somebody saved another version meanwhile. This is it: look, then change it again."

LONGEST_JUMP = 1000
"""A mat that tells nonsense must not use up all versions that there are."""


class Change(NamedTuple):
    """What is to become of a profile.

    Attributes
    ----------
    person : str
    base : str
        Version that was looked at, as the form says it; 0: there was none.
    why : str
    of : callable
        Makes the new profile from the one before; may raise `ProblemsError`.
    above : int
        The new version is above this too: what the mat says that it holds.
    """

    person: str
    base: str
    why: str
    of: Callable[[Profile], Profile]
    above: int = 0


def profile_of(version: ProfileVersion | None) -> Profile:
    """Read a version; none: what holds on a mat without one."""
    if version is None:
        return Profile()
    profile = msgspec.json.decode(version.body, type=Profile)
    return msgspec.structs.replace(profile, version=version.version)


def save(store: Store, doer: Doer, account: Account, change: Change) -> ProfileVersion:
    """Add the next version of a profile.

    Raises
    ------
    ProblemsError
        If it cannot be taken, somebody saved meanwhile, or the account may not loosen.
    """
    newest = store.people.newest_profile(change.person)
    before = newest.version if newest else 0
    if change.base != str(before):
        raise ProblemsError({"": MEANWHILE}, 409)
    old = profile_of(newest)
    new = change.of(old)
    _check_may(account, old, new)
    version = max(before, min(change.above, before + LONGEST_JUMP)) + 1
    body = msgspec.json.encode(msgspec.structs.replace(new, version=version)).decode()
    made = ProfileVersion(change.person, version, body, account.name, change.why, doer.now_s)
    store.people.add_profile(made)
    about = About(person=change.person)
    note(store, doer, "limits_changed", about, f"version {version}: {change.why}")
    return made


def _check_may(account: Account, old: Profile, new: Profile) -> None:
    zones = loosened(old, new)
    if not zones or may(account.role, "limits.loosen"):
        return
    stands_up = (old.mode, new.mode) == ("seated", "standing")
    fields = {ZONE + zone if zone != ANY_ZONE else "": LOOSENS for zone in sorted(zones)}
    if stands_up:
        fields["mode"] = STANDS
    raise ProblemsError(fields, 403)
