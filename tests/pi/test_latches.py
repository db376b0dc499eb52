"""High alarms that nobody has seen outlive the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.layout import load_layout
from core.profiles import Profile
from core.rules import Latched
from pi.latches import LatchFile
from tests.core.support import force_frames

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = Latched("l_heel_lat", "limit", "high", 5_000_000, 240.0)
LOST = Latched("r_toes", "zone_lost", "high", 6_000_000, None)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    file = LatchFile(tmp_path / "latched.json")
    assert file.load() == ()
    file.keep((LIMIT, LOST))
    file.close()
    assert LatchFile(tmp_path / "latched.json").load() == (LIMIT, LOST)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_file_is_said_and_passed(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "latched.json").write_bytes(content)
    assert LatchFile(tmp_path / "latched.json").load() == ()
    assert "latches_lost" in caplog.text


def test_a_card_that_cannot_be_written_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = LatchFile(tmp_path / "nowhere" / "latched.json")
    file.keep((LIMIT,))
    file.close()
    assert "latches_not_kept" in caplog.text


def engine() -> Engine:
    return Engine(load_layout("full16"), Profile())


def calm(mat: Engine, first_s: int, seconds: int) -> list[str]:
    """Rules that clear while nobody presses anything."""
    t_us = [first_s * 1_000_000 + k * 100_000 for k in range(seconds * 10)]
    events = mat.feed_forces(force_frames(t_us, [[0] * 16] * len(t_us))).events
    return [event.rule for event in events if event.state == "cleared"]


@pytest.mark.parametrize("first_s", [0, 1000])
def test_restored_alarms_stand_until_somebody_has_seen_them(first_s: int) -> None:
    """Also after a restart of the machine, whose clock then begins before the alarm."""
    mat = engine()
    mat.restore((LIMIT, LOST))
    assert [(a.raised.rule, a.state, a.value_kpa) for a in mat.active] == [
        ("limit", "raised", 240.0),
        ("zone_lost", "raised", None),
    ]
    assert calm(mat, first_s, 5) == []
    assert mat.latched() == (LIMIT, LOST)
    mat.acknowledge(0)
    assert mat.latched() == ()
    assert sorted(calm(mat, first_s + 5, 5)) == ["limit", "zone_lost"]
    assert mat.active == ()


def test_what_this_mat_does_not_have_is_passed_over() -> None:
    mat = engine()
    mat.restore(
        (Latched("l_nose", "limit", "high", 1, 1.0), Latched("l_toes", "x", "high", 1, 1.0))
    )
    assert mat.active == ()


def test_what_was_loaded_and_has_been_seen_is_forgotten_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "latched.json"
    file = LatchFile(path)
    file.keep((LIMIT,))
    file.close()
    again = LatchFile(path)
    assert again.load() == (LIMIT,)
    again.keep(())
    again.close()
    assert LatchFile(path).load() == ()


def test_a_write_that_failed_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "later" / "latched.json"
    file = LatchFile(path)
    file.keep((LIMIT,))
    file._card._thread.submit(lambda: None).result()
    assert file._card.failed
    path.parent.mkdir()
    file.keep((LIMIT,))
    file.close()
    assert LatchFile(path).load() == (LIMIT,)
