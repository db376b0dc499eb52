"""`reflexmat-dashboard tls`: a certificate of one's own, for a dashboard on one Pi."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    import argparse

    from dashboard.certificates import Pair
    from dashboard.config import Config

HELP = "make, renew and show the certificate by which the dashboard speaks TLS"
FOLDER = "tls"
AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
CERTIFICATE, KEY = "dashboard.pem", "dashboard.key"
RENEW_BEFORE = timedelta(days=180)
"""`renew` leaves alone what holds for longer: it may run at each start of the service."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `init`, `renew` and `show`."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    init = actions.add_parser("init", help="make an authority of your own, and a certificate")
    init.add_argument("names", nargs="+", metavar="NAME", help="host names and addresses")
    init.add_argument("--new-authority", action="store_true", help="though there is one")
    init.set_defaults(act=_init)
    renew = actions.add_parser("renew", help="make the certificate anew if it ends within 180 days")
    renew.set_defaults(act=_renew)
    actions.add_parser("show", help="say what there is").set_defaults(act=_show)


def run(config: Config, options: argparse.Namespace) -> int:
    """Do what was asked for, in the folder `tls` beside the configuration."""
    options.act(Path(config.folder, FOLDER), options)
    return 0


def _init(folder: Path, options: argparse.Namespace) -> None:
    from dashboard.certificates import fingerprint, make_authority, make_certificate  # noqa: PLC0415

    now = datetime.now(UTC)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    there = (folder / AUTHORITY).exists() and not options.new_authority
    authority = _read(folder, AUTHORITY, AUTHORITY_KEY) if there else None
    # Made before anything is written: a name that cannot be leaves what there is.
    signs = authority or make_authority(options.names, now)
    own = make_certificate(signs, options.names, now)
    if authority is None:
        _write(folder, AUTHORITY, AUTHORITY_KEY, signs)
    _write(folder, CERTIFICATE, KEY, own)
    print(
        f"certificate for {', '.join(options.names)}, until {_until(own)}\n"
        f"authority: {folder / AUTHORITY}, until {_until(signs)}, SHA-256\n"
        f"  {fingerprint(signs.certificate)}\n\n"
        "For the configuration of the dashboard:\n\n"
        f"[web]\nnames = {json.dumps(_dotted(options.names))}\n"
        f'certificate = "{FOLDER}/{CERTIFICATE}"\n'
        f'key = "{FOLDER}/{KEY}"\n'
        f'authority = "{FOLDER}/{AUTHORITY}"\n\n'
        "Each phone and computer has to trust the authority once: docs/remote.md."
    )


def _renew(folder: Path, _options: argparse.Namespace) -> None:
    from dashboard.certificates import make_certificate, names_of  # noqa: PLC0415

    own, now = _read(folder, CERTIFICATE, KEY), datetime.now(UTC)
    if own.certificate.not_valid_after_utc - now > RENEW_BEFORE:
        print(f"nothing to do: it holds until {_until(own)}")
        return
    authority = _read(folder, AUTHORITY, AUTHORITY_KEY)
    new = make_certificate(authority, names_of(own.certificate), now)
    _write(folder, CERTIFICATE, KEY, new)
    print(f"renewed until {_until(new)}; start the dashboard anew")


def _show(folder: Path, _options: argparse.Namespace) -> None:
    from dashboard.certificates import fingerprint, names_of  # noqa: PLC0415

    own, authority = _read(folder, CERTIFICATE, KEY), _read(folder, AUTHORITY, AUTHORITY_KEY)
    print(f"{folder / CERTIFICATE}: {', '.join(names_of(own.certificate))}; until {_until(own)}")
    print(f"{folder / AUTHORITY}: until {_until(authority)}; SHA-256")
    print(f"  {fingerprint(authority.certificate)}")


def _dotted(names: list[str]) -> list[str]:
    # An IPv6 address is asked for in brackets; `names` of the configuration holds no such thing.
    return [name for name in names if ":" not in name]


def _until(pair: Pair) -> str:
    return pair.certificate.not_valid_after_utc.date().isoformat()


def _read(folder: Path, certificate: str, key: str) -> Pair:
    from dashboard.certificates import read_pair  # noqa: PLC0415

    try:
        return read_pair((folder / certificate).read_bytes(), (folder / key).read_bytes())
    except OSError as error:
        raise MatError(
            f"{error.filename}: {error.strerror}; reflexmat-dashboard tls init makes it"
        ) from None
    except MatError as error:
        raise MatError(f"{folder / certificate}: {error}") from None


def _write(folder: Path, certificate: str, key: str, pair: Pair) -> None:
    _put(folder / key, pair.key_pem, 0o600)
    _put(folder / certificate, pair.certificate_pem, 0o644)


def _put(path: Path, content: bytes, mode: int) -> None:
    beside = path.with_name(f".{path.name}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
