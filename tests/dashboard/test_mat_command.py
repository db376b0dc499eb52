"""`reflexmat-dashboard mat`: which mats are recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.__main__ import main
from dashboard.config import load_config
from dashboard.store.repository import open_store
from pi.broker import Broker, _accepts, free_port
from pi.broker_config import BrokerError, load_mats
from pi.config import load_config as load_mat_config
from tests.dashboard.test_serve import write_config

ACCOUNTS = Path(__file__).parents[2] / "deploy" / "nats" / "accounts.conf"


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


def test_says_what_brokers_and_mat_need(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--config", str(write_config(tmp_path, 8080))]
    assert main(["mat", *where, "add", "big-hall"]) == 0
    said = capsys.readouterr().out
    password = re.search("^password: (.{32})$", said, re.MULTILINE)
    assert password
    assert f'BIG_HALL_PASSWORD: "{password[1]}"' in said
    shipped = re.search(
        r"    \{\n      user: \"mat\".*?\n    \}\n", ACCOUNTS.read_text(), re.DOTALL
    )
    assert shipped
    wanted = shipped[0].replace('"mat"', '"big-hall"').replace("$MAT_", "$BIG_HALL_")
    wanted = wanted.replace(".mat.", ".big-hall.")
    assert "".join(wanted.split()) == "".join(_block(said).split())
    file = tmp_path / "mat.toml"
    file.write_text(said[said.index("[mat]") :])
    config = load_mat_config(file)
    assert (config.mat.id, config.broker.user, config.broker.port) == ("big-hall", "big-hall", 9)


def _block(said: str) -> str:
    start = said.index("    {\n")
    return said[start : said.index("\n    }\n", start) + 7]


@pytest.mark.parametrize("name", ["dashboard", "recorder", "guest"])
def test_no_mat_has_the_name_of_another_account(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mat", "--config", str(write_config(tmp_path, 8080)), "add", name]) == 1
    assert f"mat {name}: an account of the broker has that name" in capsys.readouterr().err


def test_the_broker_of_the_demo_lets_it_in_at_once(tmp_path: Path) -> None:
    config = write_config(tmp_path, 8080)
    config.write_text(config.read_text().replace("port = 9\n", 'port = 9\nembedded_dir = "."\n'))
    with Broker(tmp_path, "demo", free_port()) as broker:
        assert main(["mat", "--config", str(config), "add", "hall"]) == 0
        (account,) = load_mats(tmp_path)
        broker.take_mats()
        while not _accepts(broker.port, account):
            pass
        assert main(["mat", "--config", str(config), "add", "hall", "--name", "Hall"]) == 0
        assert load_mats(tmp_path) == (account,)
        assert main(["mat", "--config", str(config), "remove", "hall"]) == 0
        broker.take_mats()
        while _accepts(broker.port, account):
            pass
    assert (tmp_path / "mats.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_of_mats_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, 8080)
    config.write_text(config.read_text().replace("port = 9\n", 'port = 9\nembedded_dir = "."\n'))
    (tmp_path / "mats.json").write_text("{")
    assert main(["mat", "--config", str(config), "add", "hall"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(BrokerError, match=r"mats\.json: damaged"):
        load_mats(tmp_path)


def test_what_is_no_id_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mat", "--config", str(write_config(tmp_path, 8080)), "add", "A/b"]) == 1
    assert "mat id 'A/b'" in capsys.readouterr().err
