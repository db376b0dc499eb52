"""Configuration files: defaults, and errors that name file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest

from core.errors import MatError
from drivers.cell_faults import FAULT_KINDS
from pi.bank_config import BankConfig, FaultConfig
from pi.config import Config, ConfigError, IndicatorsConfig, load_config, parse_config
from pi.settings import Settings, settings_of

if TYPE_CHECKING:
    from pathlib import Path


FAULT = "[bank]\n[[bank.fault]]\nkind = 'spike'\ncell = 2\nbegin_s = 1.0\nend_s = 2.0\n"
PIN = "ab" * 32


def test_what_is_said_of_the_log_reaches_the_link(tmp_path: Path) -> None:
    file = tmp_path / "mat.toml"
    file.write_text('[data]\ndir = "cards"\nlog_mb = 7\nkeep_free_mb = 3\nlog_empty_mat = true\n')
    config = load_config(file)
    assert config.data.log_empty_mat
    settings = settings_of(config, "b" * 16)
    assert (settings.outbox_bytes, settings.free_bytes) == (7_000_000, 3_000_000)
    assert settings.outbox == str(tmp_path / "cards" / "outbox.db")
    assert settings.boot_id == "b" * 16


def test_tls_has_a_port_of_its_own_unless_one_is_given(tmp_path: Path) -> None:
    assert parse_config("[broker]\ntls = true", "x").broker.tcp_port == 8883
    assert parse_config("[broker]\ntls = true\nport = 1884", "x").broker.tcp_port == 1884
    colons = ":".join(["Ab"] * 32)
    text = f'[broker]\ntls = true\nfingerprint = "{colons}"\nuser = "u"\n'
    file = tmp_path / "mat.toml"
    file.write_text(text + 'password_file = "credential:broker"')
    settings = settings_of(load_config(file))
    assert settings == Settings(
        "mat", "127.0.0.1", 8883, "u", "credential:broker", tls=True, fingerprint=colons,
        outbox=str(tmp_path / "outbox.db"),
    )  # fmt: skip
    file.write_text('[broker]\ntls = true\nca_file = "ca.pem"')
    assert settings_of(load_config(file)).ca_file == str(tmp_path / "ca.pem")


def test_home_assistant_is_told_only_when_asked_for() -> None:
    table = '[homeassistant]\nprefix = "ha/x"\n'
    assert settings_of(parse_config("", "x")).homeassistant == ""
    assert settings_of(parse_config(table, "x")).homeassistant == ""
    assert settings_of(parse_config(table + "enabled = true", "x")).homeassistant == "ha/x"


def test_faults_creep_and_drift_are_read_and_known_to_the_drivers() -> None:
    bank = parse_config(
        "[bank]\ncreep = true\ndrift_n_per_h = -0.5\ndrift_n_per_k = 0.02\n" + FAULT[7:], "x"
    ).bank
    assert bank.fault == (FaultConfig("spike", 2, 1.0, 2.0),)
    assert (bank.creep, bank.drift_n_per_h, bank.drift_n_per_k) == (True, -0.5, 0.02)
    assert get_args(get_type_hints(FaultConfig)["kind"]) == FAULT_KINDS


def test_an_empty_file_gives_the_defaults() -> None:
    config = parse_config("", "mat.toml")
    assert config == Config()
    assert (config.mat.mode, config.bank.kind, config.broker.tcp_port) == (
        "seated",
        "simulator",
        1883,
    )


def test_every_key_is_read() -> None:
    config = parse_config(
        '[mat]\nid = "a-1"\nlayout = "starter8"\nmode = "standing"\nfoot_mm = [260, 98]\n'
        '[bank]\nkind = "replay"\nseed = 3\nfile = "x.csv"\nloop = false\n'
        '[broker]\nhost = "h"\nport = 8883\nuser = "u"\npassword_file = "p"\n[data]\ndir = "d"\n'
        "[indicators]\nenabled = true\nred = 5\ngreen = 6\nblue = 7\nbuzzer = 8\nbutton = 9\n"
        'common_anode = true\nsoft_pulse = false\nquiet = "medium"\n',
        "mat.toml",
    )
    assert config.mat.foot_mm == (260.0, 98.0)
    assert config.indicators == IndicatorsConfig(True, 5, 6, 7, 8, 9, True, False, "medium")
    assert config.bank == BankConfig("replay", 3, file="x.csv", loop=False)
    assert (config.broker.host, config.broker.user, config.data.dir) == ("h", "u", "d")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[mat]\nid = "Ä"', 2, "mat.id"),
        ('[mat]\nid = """a\n"""', 2, "mat.id"),
        ("[mat]\n\nfoot_mm = [1, 2]", 3, "mat.foot_mm"),
        ('[mat]\nmode = "lying"', 2, "mat.mode"),
        ("[bank]\nsede = 1", 2, "remove it"),
        ("[bank]\nseed = -1", 2, "bank.seed"),
        ("[bank]\nrate_hz = nan", 2, "bank.rate_hz"),
        ("[bank]\nmass_kg = inf", 2, "bank.mass_kg"),
        ("[bnk]\n", 1, "bnk"),
        ("mat = 3", 1, "mat"),
        ('[bank]\nkind = "replay"', 2, "needs a recording"),
        ('[bank]\nkind = "hx711"\ncreep = true', 3, "bank.creep is for simulator and replay"),
        ("[bank]\ndrift_n_per_h = inf", 2, "bank.drift_n_per_h"),
        (FAULT.replace("spike", "spoke"), 3, "bank.fault.kind"),
        (FAULT.replace("cell = 2", "cell = 0"), 4, "bank.fault.cell"),
        (FAULT.replace("end_s = 2", "end_s = 1"), 6, "end_s must be later"),
        (FAULT + FAULT[7:].replace("begin_s", "start_s"), 10, "bank.fault.start_s"),
        (FAULT.replace("[bank]", "[bank]\nkind = 'adafruit'"), 1, "bank.fault is for simulator"),
        ('[broker]\nuser = "u"', 2, "password_file"),
        ('[broker]\npassword_file = "u"', 2, "user"),
        ("[broker]\nport = 0", 2, "broker.port"),
        ('[broker]\nca_file = "ca.pem"', 2, "broker.ca_file: add tls = true, or remove it"),
        (f'[broker]\nfingerprint = "{PIN}"', 2, "broker.fingerprint: add tls = true"),
        (f'[broker]\ntls = true\nfingerprint = "{PIN}"\nca_file = "x"', 4, "not both"),
        (f'[broker]\ntls = true\nfingerprint = "{PIN[1:]}"', 3, "broker.fingerprint"),
        ('[broker]\nuser = "u"\npassword_file = "credential:"', 3, "name one credential"),
        ('[broker]\nuser = "u"\npassword_file = "credential:../x"', 3, "name one credential"),
        ('[homeassistant]\nprefix = "a/#"', 2, "homeassistant.prefix"),
        ('[homeassistant]\nprefix = ""', 2, "homeassistant.prefix"),
        ("[indicators]\nred = 28", 2, "indicators.red"),
        ("[indicators]\nbuzzer = 1", 2, "indicators.buzzer"),
        ("[indicators]\nred = 5\nblue = 5", 3, "GPIO 5 is that of red already"),
        ("[indicators]\n\ngreen = 17", 3, "GPIO 17 is that of red already"),
        ("[indicators]\nred = 3", 2, "GPIO 3 is that of red already"),
        ('[indicators]\nquiet = "high"', 2, "indicators.quiet"),
        ("[indicators]\nenabled = 1", 2, "indicators.enabled"),
        ("[mat]\nx = ", 2, "not TOML"),
        ("[mat]\nid = 1\nid = 2", 3, "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "mat.toml")
    message = str(caught.value)
    assert message.startswith(f"mat.toml: line {line}: ")
    assert words in message
    assert "\n" not in message
    assert isinstance(caught.value, MatError)
    assert isinstance(caught.value, ValueError)


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mat.toml"
    file.write_text(
        '[mat]\nlayout = "my.toml"\n[bank]\nkind = "replay"\nfile = "/abs/r.csv"\n'
        "[indicators]\nenabled = true\n"
    )
    config = load_config(file)
    assert config.indicators.enabled
    assert config.mat.layout == str(tmp_path / "my.toml")
    assert config.bank.file == "/abs/r.csv"
    assert config.data.dir == str(tmp_path)
    assert config.broker.password_file == ""


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "mat.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"^{file}: .*--config"):
        load_config(file)
