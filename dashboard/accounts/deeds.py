"""What the audit log tells, and who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.store.audit import Entry

if TYPE_CHECKING:
    from dashboard.store.repository import Store

DEEDS = {
    "signed_in": "signed in",
    "signed_out_elsewhere": "signed a browser out",
    "password_changed": "set a new password",
    "account_made": "made an account",
    "account_disabled": "closed an account",
    "account_enabled": "opened an account again",
    "role_changed": "changed a role",
    "invited": "made an invitation",
    "invitation_withdrawn": "withdrew an invitation",
    "person_added": "added a person",
    "person_renamed": "renamed a person",
    "enrolled": "put a person on a mat",
    "left": "took a person off a mat",
    "share_given": "let an account see a person",
    "share_ended": "ended what an account may see",
    "limits_changed": "changed limits",
    "person_chosen": "said who is on a mat",
    "mat_asked": "had a mat do something",
    "watched": "watched a mat live",
    "read_person": "read a person's page",
}
"""What may be noted, and in which words it is shown."""


class Doer(NamedTuple):
    """Who does something, from where, and when.

    Attributes
    ----------
    now_s : float
        s since 1970.
    account : str or None
        None: a command of the operator, or nobody who is signed in.
    address : str
        Empty: a command of the operator.
    """

    now_s: float
    account: str | None = None
    address: str = ""


class About(NamedTuple):
    """To whom or what something was done; ids."""

    account: str | None = None
    person: str | None = None
    mat: str | None = None


def note(store: Store, doer: Doer, did: str, about: About, detail: str = "") -> None:
    """Put a line into the audit log, in the transaction of what it tells of.

    Parameters
    ----------
    store : Store
    doer : Doer
    did : str
        A key of `DEEDS`.
    about : About
    detail : str
        Plain words; no secret, nothing measured.

    Raises
    ------
    ValueError
        If no words are known for it.
    """
    if did not in DEEDS:
        raise ValueError(f"{did}: the audit log has no words for it")
    store.audit.add(Entry(doer.now_s, doer.account, did, *about, detail, doer.address))
