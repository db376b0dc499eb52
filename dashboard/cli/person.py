"""`reflexmat-dashboard person`: who is known, and everything of somebody deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config
    from dashboard.store.repository import Store

HELP = "who is known; delete everything of somebody"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `list` and `delete`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    actions.add_parser("list", help="say who there is").set_defaults(act=_list)
    deleting = actions.add_parser("delete", help="everything of somebody, for ever")
    deleting.add_argument("id", metavar="ID")
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    deleting.set_defaults(act=_delete)


def run(config: Config, options: argparse.Namespace) -> int:
    """Do what was asked for."""
    from dashboard.store.repository import open_store  # noqa: PLC0415

    store = open_store(config.store_path)
    try:
        options.act(store, options)
    finally:
        store.close()
    return 0


def _list(store: Store, _options: argparse.Namespace) -> None:
    for person in store.people.all():
        print(f"{person.id}  {person.name}")


def _delete(store: Store, options: argparse.Namespace) -> None:
    from dashboard.store.forgetting import forget_person  # noqa: PLC0415

    person = store.people.get(options.id)
    if person is None:
        raise MatError(f"person {options.id}: not known; see person list")
    if not options.yes and input(f"delete everything of {person.name}? yes/no ") != "yes":
        raise MatError("nothing was deleted")
    mats = store.people.mats_of(person.id)
    n_sessions = forget_person(store, person.id, time.time())
    print(f"{person.id}: deleted, with {n_sessions} sessions; nothing late brings them back")
    for mat in mats:
        print(f"mat {mat} still knows the profile: take it away there, too (profile.remove)")
    print("backups made before still hold everything")
