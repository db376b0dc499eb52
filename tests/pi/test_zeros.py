"""The budget of zero tracking outlives the daemon."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from core.zero_tracking import ZeroKept
from pi.zeros import ZeroFile
from tests.pi.mqtt import DEADLINE_S

if TYPE_CHECKING:
    from pathlib import Path

KEPT = ZeroKept("89abcdef", (0, 120, -500), ("l_heel",))


def keep(path: Path, *kept: ZeroKept | None) -> list[bytes]:
    """Keep one after the other; return what the file held after each."""
    file, seen = ZeroFile(path), []
    for each in kept:
        file.keep(each)
        looked = threading.Event()
        file._card.carry_out(lambda: seen.append(path.read_bytes() if path.exists() else b""))
        file._card.carry_out(looked.set)
        # Of what waits, only the newest is written.
        assert looked.wait(DEADLINE_S)
    file.close()
    return seen


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "zero.json"
    assert ZeroFile(path).load() is None
    keep(path, None, KEPT)
    assert ZeroFile(path).load() == KEPT


def test_only_what_is_worth_it_is_written(tmp_path: Path) -> None:
    near = ZeroKept("89abcdef", (9, 129, -491), ("l_heel",))
    for other in (
        ZeroKept("89abcdef", (10, 120, -500), ("l_heel",)),
        ZeroKept("89abcdef", (0, 120, -500), ()),
        ZeroKept("01234567", (0, 120, -500), ("l_heel",)),
    ):
        seen = keep(tmp_path / "zero.json", KEPT, near, other)
        assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_file_is_said_and_passed(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "zero.json").write_bytes(content)
    assert ZeroFile(tmp_path / "zero.json").load() is None
    assert "zero_lost" in caplog.text


def test_a_card_that_cannot_be_written_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path / "nowhere" / "zero.json", KEPT)
    assert "zero_not_kept" in caplog.text
