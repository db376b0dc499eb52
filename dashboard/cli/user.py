"""`reflexmat-dashboard user`: accounts, from the computer of the dashboard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.errors import MatError
from dashboard.accounts.roles import ROLES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from dashboard.accounts.deeds import Doer
    from dashboard.config import Config
    from dashboard.store.accounts import Account
    from dashboard.store.repository import Store

    Act = Callable[[Store, Doer, Config, argparse.Namespace], None]

HELP = "who may sign in"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `add`, `list`, `disable`, `enable`, `password` and `role`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="print a link that makes an account")
    adding.add_argument("--name", required=True, metavar="WORDS", help="of whom it is for")
    adding.add_argument("--role", required=True, choices=ROLES)
    adding.add_argument("--person", metavar="ID", help="whose it is, or whom a carer may see")
    adding.add_argument("--consent", metavar="WORDS", help="how that person agreed to be seen")
    adding.set_defaults(act=_add)
    actions.add_parser("list", help="say which there are").set_defaults(act=_list)
    for name, act, says in (
        ("disable", _disable, "close one: it is signed out, and cannot sign in"),
        ("enable", _enable, "open one again"),
        ("password", _password, "print a link with which it gets a new password"),
    ):
        action = actions.add_parser(name, help=says)
        action.add_argument("login", metavar="LOGIN", help="what it signs in with")
        action.set_defaults(act=act)
    changing = actions.add_parser("role", help="give one another role")
    changing.add_argument("login", metavar="LOGIN")
    changing.add_argument("role", choices=ROLES)
    changing.set_defaults(act=_role)


def run(config: Config, options: argparse.Namespace) -> int:
    """Do what was asked for, in one transaction."""
    from dashboard.accounts.deeds import Doer  # noqa: PLC0415 - not needed for --help
    from dashboard.store.repository import open_store  # noqa: PLC0415

    store = open_store(config.store_path)
    try:
        with store.transaction():
            options.act(store, Doer(time.time()), config, options)
    finally:
        store.close()
    return 0


def _add(store: Store, doer: Doer, config: Config, options: argparse.Namespace) -> None:
    from dashboard.accounts.inviting import Draft, invite  # noqa: PLC0415
    from dashboard.accounts.secret import new_secret  # noqa: PLC0415

    secret = new_secret()
    invite(store, doer, Draft(options.name, options.role, options.person, options.consent), secret)
    _print_link(config, secret)


def _password(store: Store, doer: Doer, config: Config, options: argparse.Namespace) -> None:
    from dashboard.accounts.inviting import invite_back  # noqa: PLC0415
    from dashboard.accounts.secret import new_secret  # noqa: PLC0415

    secret = new_secret()
    invite_back(store, doer, _find(store, options.login).id, secret)
    _print_link(config, secret)


def _list(store: Store, _doer: Doer, _config: Config, _options: argparse.Namespace) -> None:
    for account in store.accounts.all():
        person = f"  person {account.person}" if account.person else ""
        closed = "  closed" if account.disabled_s is not None else ""
        print(f"{account.login}  {account.role}  {account.name}{person}{closed}")


def _disable(store: Store, doer: Doer, _config: Config, options: argparse.Namespace) -> None:
    from dashboard.accounts.managing import disable  # noqa: PLC0415

    disable(store, doer, _find(store, options.login).id)
    print(f"{options.login}: closed, and signed out everywhere")


def _enable(store: Store, doer: Doer, _config: Config, options: argparse.Namespace) -> None:
    from dashboard.accounts.managing import enable  # noqa: PLC0415

    enable(store, doer, _find(store, options.login).id)
    print(f"{options.login}: may sign in again")


def _role(store: Store, doer: Doer, _config: Config, options: argparse.Namespace) -> None:
    from dashboard.accounts.managing import set_role  # noqa: PLC0415

    set_role(store, doer, _find(store, options.login).id, options.role)
    print(f"{options.login}: {options.role}")


def _find(store: Store, login: str) -> Account:
    from dashboard.accounts.logins import fold  # noqa: PLC0415

    account = store.accounts.by_login(fold(login))
    if account is None:
        raise MatError(f"{login}: nobody signs in with that; see user list")
    return account


def _print_link(config: Config, secret: str) -> None:
    print(f"{config.web.origin}/invitation?token={secret}")
    print("holds three days, and once")
