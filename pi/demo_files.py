"""The files of a demo: where they are, and what the programs it starts read in them."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError, RecordingError
from core.raw_recordings import read_raw, sniff
from core.recordings import read_recording
from pi.files import check_readable, write_private
from pi.layouts import layout_named_in
from pi.starts import STARTS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pi.broker import Broker
    from pi.broker_config import Account

MAT = "demo"
FOOT_MM = (260, 98)
MASS_KG = 50.0
SEED = 1
TOKEN_BYTES = 32


class DemoError(MatError):
    """A demo that cannot run; the message says what to do."""


@dataclass(frozen=True)
class Files:
    """What a demo writes into its folder.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def mat_config(self) -> Path:
        """Configuration of the daemon."""
        return self.folder / "mat.toml"

    @property
    def dashboard_config(self) -> Path:
        """Configuration of the dashboard."""
        return self.folder / "dashboard.toml"

    @property
    def token(self) -> Path:
        """Token of the sign-in link."""
        return self.folder / "sign-in-token"

    def write(self, broker: Broker, host: str, port: int, bank: Mapping[str, object]) -> str:
        """Write everything.

        Parameters
        ----------
        broker : Broker
            Running.
        host : str
        port : int
            Of the dashboard.
        bank : mapping
            As `choose_bank` returned it.

        Returns
        -------
        str
            The token.

        Raises
        ------
        FileError
            If a file cannot be written.
        """
        accounts = broker.accounts
        mat = dict(bank)
        tables: dict[str, Mapping[str, object]] = {
            "mat": {"id": MAT, "mode": "standing", **_pop(mat, "layout", "foot_mm")},
            "bank": mat,
            "broker": self._login("mat-password", host, broker.port, accounts.mat),
            "data": {"dir": "."},
        }
        write_private(self.mat_config, toml(tables))
        # Each demo is somebody else's: whoever shows it twice a day has no session too many.
        (self.folder / STARTS_FILE).unlink(missing_ok=True)
        dashboard: dict[str, Mapping[str, object]] = {
            "web": {"host": host, "port": port},
            "broker": {
                **self._login("dashboard-password", host, broker.port, accounts.dashboard),
                "embedded_dir": ".",
            },
            "mat": {"id": MAT},
            "sign_in": {"token_file": self.token.name},
        }
        write_private(self.dashboard_config, toml(dashboard))
        return self.renew_token()

    def renew_token(self) -> str:
        """Write a new token; a dashboard that starts after this takes it, once.

        Raises
        ------
        FileError
            If it cannot be written.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        write_private(self.token, token.encode())
        return token

    def _login(self, file: str, host: str, port: int, account: Account) -> dict[str, object]:
        write_private(self.folder / file, account.password.encode())
        return {"host": host, "port": port, "user": account.user, "password_file": file}


def default_folder(environment: Mapping[str, str], port: int) -> Path:
    """Find the folder of a demo on a port, by the XDG rules."""
    state = environment.get("XDG_STATE_HOME", "")
    # The XDG rules: a relative path is as good as none.
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"  # noqa: PTH117
    return base / "reflexmat" / f"demo-{port}"


def choose_bank(replay: Path | None) -> dict[str, object]:
    """Choose layout and bank: a simulated person, or a recording that was read through.

    Raises
    ------
    RecordingError
        If the recording cannot be played; names file, line and reason.
    LayoutError
        If its layout cannot be used.
    """
    if replay is None:
        simulated = {"kind": "simulator", "seed": SEED, "mass_kg": MASS_KG}
        return {"layout": "full16", "foot_mm": FOOT_MM, **simulated}
    path = replay.resolve()
    return {"layout": check_recording(path), "kind": "replay", "file": str(path), "seed": SEED}


def check_recording(path: Path) -> str:
    """Read a recording through.

    Parameters
    ----------
    path : Path
        CSV file, UTF-8.

    Returns
    -------
    str
        The layout that it names, a shipped one.

    Raises
    ------
    RecordingError, LayoutError
    """
    try:
        check_readable(path, twice=True)
        with path.open(encoding="utf-8", newline="") as lines:
            raw, text = sniff(lines)
            layout = _read_raw_through(text, path) if raw else _read_through(text, path)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}; give a recording (CSV)") from None
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: not UTF-8 text ({error.reason}); is it a CSV?") from None
    return layout


def _read_through(lines: Iterator[str], path: Path) -> str:
    recording = read_recording(lines, str(path))
    layout = recording.meta.get("layout", "")
    if not layout:
        raise RecordingError(f"{path}: line 1: add a line '# layout: NAME'")
    recording.columns_for(layout_named_in(path, layout))
    for _ in recording.blocks:
        pass
    return layout


def _read_raw_through(lines: Iterator[str], path: Path) -> str:
    recording = read_raw(lines, str(path))
    layout = layout_named_in(path, recording.head.layout)
    recording.check_layout(layout)
    recording.calibration(layout)
    for _ in recording.blocks:
        pass
    return recording.head.layout


def toml(tables: Mapping[str, Mapping[str, object]]) -> bytes:
    """Write tables of plain values as TOML.

    Raises
    ------
    DemoError
        If a path among them is not UTF-8.
    """
    lines: list[str] = []
    for name, table in tables.items():
        # Strings, numbers, booleans and lists look alike in JSON and in TOML.
        rows = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items())
        lines += [f"[{name}]", *rows, ""]
    try:
        return "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise DemoError("a path is not UTF-8; choose another data directory or file") from None


def _pop(table: dict[str, object], *keys: str) -> dict[str, object]:
    return {key: table.pop(key) for key in keys if key in table}
