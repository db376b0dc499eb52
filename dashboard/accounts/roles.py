"""What each role may do: one table, for routes and for commands to a mat (docs/accounts.md)."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["owner", "clinician", "caregiver", "person"]
ROLES: tuple[Role, ...] = get_args(Role)

OPEN = "open"
"""Of a route that anybody may use, also without having signed in."""

SIGNED_IN = "signed in"
"""Of a route that everybody who has signed in may use: what is their own."""

_OWNER, _CLINICIAN, _CAREGIVER, _PERSON = (frozenset((role,)) for role in ROLES)
_CARE = _CLINICIAN | _CAREGIVER
_ALL = frozenset(ROLES)

PERMISSIONS: dict[str, frozenset[Role]] = {
    "live.watch": _ALL,
    "alarm.silence": _ALL,
    "session.lead": _ALL,
    "routine.keep": _OWNER | _CARE,
    "person.choose": _ALL,
    "mat.press": _ALL,
    "mat.tare": _OWNER | _CARE,
    "mat.keep": _OWNER,
    "limits.tighten": _ALL,
    "limits.loosen": _CLINICIAN,
    "people.see": _ALL,
    "people.add": _OWNER,
    "share.give": _OWNER | _PERSON,
    "account.manage": _OWNER,
    "audit.read": _OWNER,
    "system.see": _ALL,
    "system.keep": _OWNER,
}
"""Who may; of people's data only those that `dashboard.accounts.sight` lets them see."""

VERBS: dict[str, str] = {
    "alarm.ack": "alarm.silence",
    "alarm.pause": "alarm.silence",
    "session.start": "session.lead",
    "session.stop": "session.lead",
    "routine.start": "session.lead",
    "routine.next": "session.lead",
    "routine.stop": "session.lead",
    "routine.list": "session.lead",
    "routine.choose": "routine.keep",
    "routine.set": "routine.keep",
    "routine.remove": "routine.keep",
    "person.choose": "person.choose",
    "profile.set": "limits.tighten",
    "profile.remove": "people.add",
    "tare": "mat.tare",
    "selftest": "mat.tare",
    "identify": "mat.tare",
    "log.level": "mat.keep",
    "sim.press": "mat.press",
}
"""The permission that a command to the mat needs. Never `watch`: that is the dashboard's own.

`profile.set` that loosens a limit needs `limits.loosen` instead: `dashboard.accounts.limits`."""


def may(role: str, permission: str) -> bool:
    """Whether somebody of a role who has signed in may do something; what is not listed, nobody.

    Parameters
    ----------
    role : str
    permission : str
        `OPEN`, `SIGNED_IN`, or a row of `PERMISSIONS`.
    """
    if permission in (OPEN, SIGNED_IN):
        return role in _ALL
    return role in PERMISSIONS.get(permission, frozenset())


def may_send(role: str, verb: str) -> bool:
    """Whether somebody of a role may send a command; one that is not listed, nobody."""
    return may(role, VERBS.get(verb, ""))
