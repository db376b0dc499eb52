"""`reflexmat-dashboard mat`: which mats are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.__main__ import main
from dashboard.config import load_config
from dashboard.store.repository import open_store
from tests.dashboard.test_serve import write_config

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_adds_lists_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--config", str(write_config(tmp_path, 8080))]
    assert main(["mat", *where, "add", "hall", "--name", "Big hall"]) == 0
    store = open_store(load_config(tmp_path / "dashboard.toml").store_path)
    store.mats.unknown_heard("attic", 1, 0.0)
    store.close()
    capsys.readouterr()
    assert main(["mat", *where, "list"]) == 0
    known, unknown = capsys.readouterr().out.splitlines()
    assert known == "hall  Big hall  never heard"
    assert unknown.startswith("attic  unknown, not recorded  last heard 1970-01-0")
    assert main(["mat", *where, "remove", "hall"]) == 0
    assert main(["mat", *where, "remove", "hall"]) == 1
    assert capsys.readouterr().err == "reflexmat-dashboard: mat hall: not known; see mat list\n"


def test_what_is_no_id_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mat", "--config", str(write_config(tmp_path, 8080)), "add", "A/b"]) == 1
    assert "mat id 'A/b'" in capsys.readouterr().err
