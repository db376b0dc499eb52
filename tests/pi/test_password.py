"""Where the broker's password is read from, and what is said when it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pi.files import FileError
from pi.password import read_password

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_line_of_the_file_is_the_password(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" geheim \nanything else\n")
    assert read_password(str(file)) == "geheim"


def test_a_credential_is_read_from_where_systemd_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broker_password").write_text("geheim\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_password("credential:broker_password") == "geheim"
    with pytest.raises(FileError, match=f"^{tmp_path}/other: No such file"):
        read_password("credential:other")


def test_without_systemd_a_credential_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(FileError, match=r"LoadCredential=broker_password:FILE$"):
        read_password("credential:broker_password")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\ngeheim\n", "first line is empty"), (b"geheim\xff\n", "not UTF-8"), (None, "No such")],
)
def test_a_file_without_a_password_is_refused_without_what_is_in_it(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_password(str(file))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")
    assert "geheim" not in str(caught.value)
    assert "ff" not in str(caught.value).removeprefix(str(file))
