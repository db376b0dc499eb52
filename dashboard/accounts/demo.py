"""The owner of a demo, whom its one-time link lets in: an account without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.accounts import managing
from dashboard.store.accounts import Account

if TYPE_CHECKING:
    from dashboard.accounts.deeds import Doer
    from dashboard.store.repository import Store

ID = "demo"
"""No other account has it: theirs are random, and longer."""

LOGIN = "demo's owner"
"""It has a blank in it, so that it is nobody else's."""


def demo_owner(store: Store, doer: Doer) -> str:
    """Find the account, or make it; return its id."""
    if store.accounts.get(ID) is None:
        account = Account(ID, LOGIN, "Demo owner", "owner", None, None, doer.now_s)
        managing.add_account(store, doer, account)
    managing.enable(store, doer, ID)
    return ID
