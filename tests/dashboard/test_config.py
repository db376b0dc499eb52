from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.config import ConfigError, load_config, parse_config, read_secret, read_token

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
[web]
port = 8080

[broker]
host = "127.0.0.1"
port = 1883
user = "dashboard"
password_file = "password"

[mat]
id = "demo"

[sign_in]
token_file = "token"
"""


def test_reads_a_file_with_paths_beside_it(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(GOOD)
    config = load_config(tmp_path / "d.toml")
    assert (config.web.host, config.web.port, config.mat.id) == ("127.0.0.1", 8080, "demo")
    assert config.token_path == tmp_path / "token"
    assert config.password_path == tmp_path / "password"
    assert config.store_path == tmp_path / "data" / "reflexmat.db"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("port = 8080", "port = 0", "d.toml: line 2: "),
        ("port = 1883", 'port = "x"', "d.toml: line 6: broker.port: expected `int`, got `str`"),
        ('id = "demo"', 'id = "De mo"', "d.toml: line 11: "),
        ('id = "demo"', "", "d.toml: line 10: mat: object missing required field `id`; add it"),
        (
            'user = "dashboard"',
            "usr = 1",
            "d.toml: line 7: broker.usr: object contains unknown field `usr`",
        ),
        ("[mat]", "[mat", "d.toml: line 10: "),
        (
            "[web]",
            'folder = "/"\n[web]',
            "d.toml: line 1: folder: object contains unknown field `folder`",
        ),
        (
            "[sign_in]",
            "[signin]",
            "d.toml: line 13: signin: object contains unknown field `signin`",
        ),
    ],
)
def test_says_line_and_reason(old: str, new: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD.replace(old, new), "d.toml")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: .*No such file"):
        load_config(tmp_path / "none.toml")


def test_a_secret_is_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "s").write_text(" a-secret-of-some-length \nmore\n")
    assert read_secret(tmp_path / "s") == "a-secret-of-some-length"


@pytest.mark.parametrize("content", [b"short", b"\xff\xfe" * 20, b"x" * 5000])
def test_refuses_what_is_no_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(ConfigError, match=str(tmp_path / "t")):
        read_token(tmp_path / "t")
