"""Who may do what on the embedded broker: its accounts and its configuration file.

A subject is a topic with dots for slashes, so permissions are plain lists of subjects. The
server delivers and acknowledges QoS 1 by itself: an account needs no `$MQTT` or `$JS` subject.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from typing import TYPE_CHECKING

import msgspec

from core.errors import MatError
from core.wire import MAT_ID, ROOT
from pi.files import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOST = "127.0.0.1"
"""The only address that the broker listens on."""

MATS_FILE = "mats.json"
"""Beside the accounts: those of more mats."""

STORE_MIB = 64
"""Disk that retained messages and queues may take unless told otherwise, MiB."""

_ROOT = ROOT.replace("/", ".")
_MAT_PUBLISHES = ("status", "info", "state", "event", "live", "rec", "reply")
_MAT_SUBSCRIBES = ("cmd", "ack", "status")
_MIB = 1024 * 1024


class BrokerError(MatError, OSError):
    """The broker cannot run; the message says where and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Name and password of one MQTT user."""

    user: str
    password: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Accounts:
    """The three users: the mat itself, the dashboard, and a reader who may change nothing."""

    mat: Account
    dashboard: Account
    guest: Account


def load_accounts(data_dir: Path) -> Accounts:
    """Read the accounts of a data directory, or make them on first use.

    Parameters
    ----------
    data_dir : Path
        Existing directory; the passwords stay in its `accounts.json`, mode 0600.

    Returns
    -------
    Accounts
        The same at every call on one directory.

    Raises
    ------
    BrokerError
        The file is damaged or cannot be read.
    FileError
        The file cannot be written.
    """
    path = data_dir / "accounts.json"
    if not path.exists():
        write_private(path, msgspec.json.encode(_new_accounts()))
    try:
        return msgspec.json.decode(path.read_bytes(), type=Accounts)
    except OSError as error:
        raise BrokerError(f"{path}: {error.strerror}; choose another data directory") from None
    except msgspec.DecodeError as error:
        raise BrokerError(f"{path}: damaged ({error}); delete it to get new passwords") from None


def load_mats(data_dir: Path) -> tuple[Account, ...]:
    """Read the accounts of more mats, which `reflexmat-dashboard mat add` has written.

    Parameters
    ----------
    data_dir : Path
        Its `mats.json` holds a password by mat id; it need not be there.

    Raises
    ------
    BrokerError
        The file is damaged or cannot be read.
    """
    path = data_dir / MATS_FILE
    try:
        mats = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BrokerError(f"{path}: {error.strerror}; delete it") from None
    except msgspec.DecodeError as error:
        raise BrokerError(f"{path}: damaged ({error}); delete it and add the mats anew") from None
    return tuple(Account(mat, password) for mat, password in mats.items())


def store_dir(data_dir: Path) -> Path:
    """Folder in which the server keeps retained messages and queues; it gives it the last name."""
    return data_dir / "broker" / "jetstream"


def config_text(
    data_dir: Path,
    mat: str,
    port: int,
    accounts: Accounts,
    store_mib: int = STORE_MIB,
    more_mats: Sequence[Account] = (),
) -> str:
    """Render the configuration of the NATS server, which reads JSON among other forms.

    Parameters
    ----------
    data_dir : Path
        Directory of the server's store and log.
    mat : str
        Id of the mat that the mat account speaks for.
    port : int
        MQTT port on loopback.
    accounts : Accounts
        Who may connect.
    store_mib : int
        Disk for retained messages and queues, MiB.
    more_mats : sequence of Account
        Others, each by its id.

    Returns
    -------
    str
        Configuration text; it holds the passwords.

    Raises
    ------
    BrokerError
        The mat id is not one.
    """
    for name in (mat, *(other.user for other in more_mats)):
        if not MAT_ID.fullmatch(name):
            raise BrokerError(f"mat id {name!r}: use 1 to 32 of a-z, 0-9 and -")
    config = {
        "server_name": "reflexmat",
        "host": HOST,
        "port": -1,  # the native port cannot be closed: any free one, and no account may use it
        "max_connections": 128,
        "max_payload": 128 * 1024,  # twice the largest record
        "max_pending": 4 * _MIB,  # for one slow reader, in memory
        "jetstream": {
            "store_dir": str(store_dir(data_dir).parent),
            "max_file_store": store_mib * _MIB,
            "max_memory_store": 4 * _MIB,
        },
        # The queue of a reader who left would fill the store, and a full store turns the mat away.
        "mqtt": {"host": HOST, "port": port, "consumer_inactive_threshold": "15m"},
        "log_file": str(data_dir / "broker.log"),
        "logfile_size_limit": _MIB,
        "logfile_max_num": 2,
        "authorization": {"users": _users(mat, accounts, more_mats)},
    }
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def write_config(
    data_dir: Path, mat: str, port: int, accounts: Accounts, store_mib: int = STORE_MIB
) -> Path:
    """Write `config_text` of the same parameters to `broker.conf`, mode 0600, for all mats.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BrokerError
        A mat id is not one, or `mats.json` is damaged.
    FileError
        The file cannot be written.
    """
    path = data_dir / "broker.conf"
    text = config_text(data_dir, mat, port, accounts, store_mib, load_mats(data_dir))
    write_private(path, text.encode())
    return path


def _users(mat: str, accounts: Accounts, more_mats: Sequence[Account]) -> list[dict[str, object]]:
    # `a.b.>` does not cover `a.b`, but the MQTT filter `a/b/#` does, and is refused without it.
    everything = [_ROOT, f"{_ROOT}.>"]
    dashboard_publishes = {"allow": [f"{_ROOT}.*.cmd", f"{_ROOT}.*.ack"]}
    # An empty list of allowed subjects would allow them all.
    nothing = {"deny": [">"]}
    return [
        _mat_user(accounts.mat, mat),
        *(_mat_user(account, account.user) for account in more_mats),
        _user(accounts.dashboard, dashboard_publishes, everything),
        _user(accounts.guest, nothing, everything),
    ]


def _mat_user(account: Account, mat: str) -> dict[str, object]:
    own = f"{_ROOT}.{mat}"
    publishes = {"allow": [f"{own}.{leaf}" for leaf in _MAT_PUBLISHES]}
    return _user(account, publishes, [f"{own}.{leaf}" for leaf in _MAT_SUBSCRIBES])


def _user(
    account: Account, publishes: dict[str, list[str]], subscribes: list[str]
) -> dict[str, object]:
    return {
        "user": account.user,
        "password": account.password,
        "allowed_connection_types": ["MQTT"],
        "permissions": {"publish": publishes, "subscribe": {"allow": subscribes}},
    }


def _new_accounts() -> Accounts:
    names = (field.name for field in dataclasses.fields(Accounts))
    return Accounts(*(Account(name, secrets.token_hex(16)) for name in names))
