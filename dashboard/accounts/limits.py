"""Which permission a change of somebody's limits needs: any may tighten, a clinician may loosen."""

from __future__ import annotations

from core.class_limits import EXCLUDED, FIGURES, FRAGILE
from core.profiles import Profile

ANY_ZONE = ""
"""Stands for the zones that no profile names."""


def permission_for(old: Profile | None, new: Profile) -> str:
    """Find the row of `dashboard.accounts.roles.PERMISSIONS` that a new profile needs.

    Parameters
    ----------
    old : Profile or None
        What holds; None: what holds on a mat without one.
    new : Profile

    Raises
    ------
    ProfileError
        If an edit passes the hard bounds of core.
    """
    return "limits.loosen" if loosened(old, new) else "limits.tighten"


def loosened(old: Profile | None, new: Profile) -> frozenset[str]:
    """Find the zones on which a new profile alarms later; arguments and errors as above.

    To stand where one was to sit loosens the zones that are for sitting only.
    """
    before = Profile() if old is None else old
    named = {ANY_ZONE}.union(
        *(each for p in (before, new) for each in (p.classes, p.edits, p.caps_kpa))
    )
    stands_up = (before.mode, new.mode) == ("seated", "standing")
    return frozenset(
        zone
        for zone in named
        if _loosens(before, new, zone) or (stands_up and new.class_of(zone) >= FRAGILE)
    )


def _loosens(old: Profile, new: Profile, zone: str) -> bool:
    rise = new.class_of(zone) - old.class_of(zone)
    if rise < 0 or new.class_of(zone) == EXCLUDED:
        return rise < 0
    # Class 1 has lower pressures than class 0 and takes longer: of a stricter class only those.
    names = [name for name in FIGURES if name.endswith("_kpa") or rise == 0]
    before, after = old.row(zone), new.row(zone)
    return any(getattr(after, name) > getattr(before, name) for name in names)
