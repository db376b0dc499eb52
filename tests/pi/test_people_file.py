"""Who is enrolled outlives the daemon; what cannot be read is set aside, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from core.layout import load_layout
from core.profiles import People, Profile
from pi.people_file import PeopleFile

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = load_layout("full16")
ANN = People({"ann": Profile(version=3, classes={"l_toes": 2})}, "ann", had_one=True)
MISSING = People(had_one=True)
OTHER_MAT = msgspec.json.encode(People({"ann": Profile(classes={"l_nose": 2})}, had_one=True))


def open_file(folder: Path) -> PeopleFile:
    return PeopleFile(folder / "people.json", LAYOUT)


def test_a_new_mat_has_nobody(tmp_path: Path) -> None:
    assert open_file(tmp_path).load() == People()


def test_who_is_kept_is_there_again(tmp_path: Path) -> None:
    file = open_file(tmp_path)
    file.keep(ANN)
    file.close()
    assert open_file(tmp_path).load() == ANN
    assert (tmp_path / "people.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff", b'{"x":' + b"[" * 100_000, b'{"later":1}', OTHER_MAT]
)
def test_what_cannot_be_used_is_set_aside_and_profiles_are_missing(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "people.json").write_bytes(content)
    assert open_file(tmp_path).load() == MISSING
    assert "people_lost" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["people-damaged-1.json"]
    assert (tmp_path / "people-damaged-1.json").read_bytes() == content
    # Started once more before anybody was enrolled again.
    assert open_file(tmp_path).load() == MISSING


def test_no_file_set_aside_takes_the_place_of_another(tmp_path: Path) -> None:
    for content in (b"1", b"2"):
        (tmp_path / "people.json").write_bytes(content)
        open_file(tmp_path).load()
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {"people-damaged-1.json": b"1", "people-damaged-2.json": b"2"}


def test_a_card_that_gives_nothing_and_takes_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people.json").mkdir()

    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(type(tmp_path), "rename", refuse)
    assert open_file(tmp_path).load() == MISSING
    assert "people_not_set_aside" in caplog.text


def test_a_write_that_failed_is_tried_again(tmp_path: Path) -> None:
    file = open_file(tmp_path / "later")
    file.keep(ANN)
    file._card._thread.submit(lambda: None).result()
    (tmp_path / "later").mkdir()
    file.keep(ANN)
    file.close()
    assert open_file(tmp_path / "later").load() == ANN
