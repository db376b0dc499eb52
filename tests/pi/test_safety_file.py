"""High alarms that nobody has seen outlive the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.kept import Kept
from core.layout import load_layout
from core.profiles import Profile
from core.rules import Latched
from pi.safety_file import SafetyFile
from tests.core.support import force_frames

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = Latched("l_heel_lat", "limit", "high", 5_000_000, 240.0)
LOST = Latched("r_toes", "zone_lost", "high", 6_000_000, None)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    file = SafetyFile(tmp_path / "safety.json")
    assert file.load() == Kept()
    file.keep(Kept((LIMIT, LOST)))
    file.close()
    assert SafetyFile(tmp_path / "safety.json").load() == Kept((LIMIT, LOST))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b'{"x":' + b"[" * 100_000])
def test_a_damaged_file_is_said_and_passed(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "safety.json").write_bytes(content)
    assert SafetyFile(tmp_path / "safety.json").load() == Kept()
    assert "safety_lost" in caplog.text


def test_a_card_that_cannot_be_written_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = SafetyFile(tmp_path / "nowhere" / "safety.json")
    file.keep(Kept((LIMIT,)))
    file.close()
    assert "safety_not_kept" in caplog.text


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
    mat.restore(Kept((LIMIT, LOST)))
    assert [(a.raised.rule, a.state, a.value) for a in mat.active] == [
        ("limit", "raised", 240.0),
        ("zone_lost", "raised", None),
    ]
    assert calm(mat, first_s, 5) == []
    assert mat.kept().latched == (LIMIT, LOST)
    mat.acknowledge(0)
    assert mat.kept().latched == ()
    assert sorted(calm(mat, first_s + 5, 5)) == ["limit", "zone_lost"]
    assert mat.active == ()


def test_what_this_mat_does_not_have_is_passed_over() -> None:
    mat = engine()
    nose, rule = ("l_nose", "limit"), ("l_toes", "x")
    mat.restore(Kept(tuple(Latched(*each, "high", 1, 1.0) for each in (nose, rule))))
    assert mat.active == ()


def test_what_was_loaded_and_has_been_seen_is_forgotten_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "safety.json"
    file = SafetyFile(path)
    file.keep(Kept((LIMIT,)))
    file.close()
    again = SafetyFile(path)
    assert again.load() == Kept((LIMIT,))
    again.keep(Kept())
    again.close()
    assert SafetyFile(path).load() == Kept()


def test_a_write_that_failed_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "later" / "safety.json"
    file = SafetyFile(path)
    file.keep(Kept((LIMIT,)))
    file._card._thread.submit(lambda: None).result()
    assert file._card.failed
    path.parent.mkdir()
    file.keep(Kept((LIMIT,)))
    file.close()
    assert SafetyFile(path).load() == Kept((LIMIT,))
