"""`reflexmat-dashboard mat`: the mats that are recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config
    from dashboard.store.repository import Store

HELP = "which mats are recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `add`, `list` and `remove`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="record a mat from now on, and say what it needs")
    adding.add_argument("id", metavar="ID", help="as in [mat] id of its own configuration")
    adding.add_argument("--name", default="", metavar="WORDS", help="for people")
    adding.set_defaults(act=_add)
    actions.add_parser("list", help="say which there are").set_defaults(act=_list)
    removing = actions.add_parser("remove", help="record it no longer; what it said stays")
    removing.add_argument("id", metavar="ID")
    removing.set_defaults(act=_remove)


def run(config: Config, options: argparse.Namespace) -> int:
    """Do what was asked for."""
    from dashboard.store.repository import open_store  # noqa: PLC0415

    store = open_store(config.store_path)
    try:
        options.act(store, config, options)
    finally:
        store.close()
    return 0


def _add(store: Store, config: Config, options: argparse.Namespace) -> None:
    from dashboard import mats_file  # noqa: PLC0415
    from dashboard.broker_lines import check_id, new_mat_text  # noqa: PLC0415

    check_id(options.id)
    folder = config.embedded_path
    password = mats_file.add(folder, options.id) if folder else mats_file.new_password()
    store.mats.add(options.id, options.name, time.time())
    print(f"mat {options.id}: recorded from now on")
    print(new_mat_text(options.id, password, config.broker, embedded=folder is not None))


def _list(store: Store, _config: Config, _options: argparse.Namespace) -> None:
    for mat in store.mats.known():
        heard = "never heard" if mat.heard_s is None else f"last heard {_when(mat.heard_s)}"
        print(f"{mat.id}  {mat.name or '-'}  {heard}")
    for unknown in store.mats.unknown():
        print(f"{unknown.id}  unknown, not recorded  last heard {_when(unknown.last_s)}")


def _remove(store: Store, config: Config, options: argparse.Namespace) -> None:
    from dashboard import mats_file  # noqa: PLC0415

    if not store.mats.remove(options.id, time.time()):
        raise MatError(f"mat {options.id}: not known; see mat list")
    if config.embedded_path:
        mats_file.remove(config.embedded_path, options.id)
    print(f"mat {options.id}: recorded no longer; what it said stays")
    print("take its account from the broker, too")


def _when(wall_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall_s))
