"""The example is the defaults, whole and explained; a wrong file is told in one line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from pi.bank_config import FaultConfig
from pi.command_line import main
from pi.config import Config, load_config, parse_config
from pi.config_example import example, meanings

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {field.name: field.type for field in msgspec.structs.fields(Config)}


def test_the_example_is_the_defaults() -> None:
    assert parse_config(example(), "example.toml") == Config()


def test_what_the_command_prints_can_be_run_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "--example"]) == 0
    file = tmp_path / "mat.toml"
    file.write_text(capsys.readouterr().out)
    assert main(["config", "--check", str(file)]) == 0
    out = capsys.readouterr().out
    assert out == f"{file}: mat mat, layout full16, simulator, no indicators\n"
    assert load_config(file).mat == Config().mat


@pytest.mark.parametrize("table", TABLES)
def test_every_key_stands_in_its_table_and_is_explained(table: str) -> None:
    _, _, rest = example().partition(f"\n[{table}]\n")
    body = re.split(r"\n\[", rest)[0]
    for field in msgspec.structs.fields(TABLES[table]):
        assert meanings(TABLES[table])[field.name], f"{table}.{field.name} has no meaning"
        if field.name != "fault":
            assert re.search(rf"^# .+\n(# )?{field.name} = ", body, re.MULTILINE), field.name


def test_keys_without_a_default_are_examples_that_hold() -> None:
    text = re.sub(r"^# (\[\[|[a-z_]+ = )", r"\1", example(), flags=re.MULTILINE)
    config = parse_config(text, "x")
    assert config.bank.fault == (FaultConfig("brown_out", 1, 0.0, 1.0),)
    assert config.mat.foot_mm is not None
    assert (config.bank.chip, config.indicators.enabled) == (0, True)


def test_a_default_that_hangs_on_another_key_is_left_to_it() -> None:
    """Else who sets tls = true below it would stay on the port of plain text."""
    text = example().replace("tls = false", "tls = true")
    assert parse_config(text, "x").broker.tcp_port == 8883


def test_bounds_and_choices_are_said() -> None:
    text = " ".join(example().replace("\n# ", " ").split())
    assert "(above 0, at most 200)" in text
    assert '("seated", "standing")' in text
    assert "None" not in example()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[bank]\nsede = 1\n", 2, "remove it"),
        ('[mat]\nlayout = "nowhere.toml"\n', None, "nowhere.toml"),
        ('[mat]\nprofile = "nobody.toml"\n', None, "profile"),
        ('[bank]\nkind = "hx711"\n[indicators]\nred = 4\n', 4, "layout full16 is on that GPIO"),
    ],
)
def test_a_wrong_one_is_one_line(
    text: str,
    line: int | None,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "mat.toml"
    file.write_text(text)
    assert main(["config", "--check", str(file)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert words in said
    assert main(["config", "--check", str(file), "--json"]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["ok"], found["line"], err) == (False, line, "")
    assert said == f"reflexmat: {found['error']}"


def test_a_right_one_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mat.toml"
    file.write_text("[indicators]\nenabled = true\n")
    assert main(["config", "--check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(file),
        "ok": True,
        "line": None,
        "error": None,
    }


@pytest.mark.parametrize("arguments", [["config"], ["config", "--example", "--json"]])
def test_wrong_use_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
