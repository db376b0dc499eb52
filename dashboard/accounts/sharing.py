"""Somebody lets an account see what is theirs, and takes that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.accounts.deeds import About, note
from dashboard.accounts.managing import AccountError, find
from dashboard.accounts.secret import new_id
from dashboard.store.shares import Share

if TYPE_CHECKING:
    from dashboard.accounts.deeds import Doer
    from dashboard.store.repository import Store

CARERS = ("clinician", "caregiver")
MAX_CONSENT_CHARS = 300
OWN_CONSENT = "agreed on their own account page"


def checked_consent(words: str) -> str:
    """Take how somebody agreed, in words.

    Raises
    ------
    AccountError
        If nothing is said, or too much.
    """
    words = " ".join(words.split())
    if not 3 <= len(words) <= MAX_CONSENT_CHARS or not words.isprintable():
        raise AccountError(
            f"Say how the person agreed, in 3 to {MAX_CONSENT_CHARS} characters: without that "
            "nothing is shared."
        )
    return words


def give(store: Store, doer: Doer, person: str, account: str, consent: str) -> None:
    """Let an account see somebody; twice is once.

    Raises
    ------
    AccountError
        If there is no such person or account, the account is no carer's, or nobody agreed.
    """
    carer = find(store, account)
    if store.people.get(person) is None:
        raise AccountError("There is no such person.")
    if carer.role not in CARERS:
        raise AccountError(f"Only a {' or a '.join(CARERS)} can be let see somebody.")
    words = checked_consent(consent)
    if store.shares.add(Share(new_id(), person, account, words, doer.account, doer.now_s)):
        note(store, doer, "share_given", About(account, person), words)


def end(store: Store, doer: Doer, person: str, share: str) -> None:
    """Take back what an account may see of somebody; twice is once.

    Raises
    ------
    AccountError
        If that person has no such share.
    """
    found = store.shares.get(share)
    if found is None or found.person != person:
        raise AccountError("There is no such share.")
    if store.shares.end(share, doer.account, doer.now_s):
        note(store, doer, "share_ended", About(found.account, person))
