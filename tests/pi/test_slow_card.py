"""Files written by a thread: a card that hangs piles nothing up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pi.slow_card import SlowCard
from tests.pi.mqtt import DEADLINE_S

if TYPE_CHECKING:
    from pathlib import Path


def test_of_what_waits_for_a_card_that_hangs_only_the_newest_is_written(tmp_path: Path) -> None:
    """Else hours of old versions fill the memory, and hold up the end of the daemon."""
    hangs, path = threading.Event(), tmp_path / "file"
    card = SlowCard(path, "file")
    card.carry_out(lambda: assert_in_time(hangs))
    for number in range(1000):
        card.write(b"%d" % number)
    found: list[bytes] = []
    card.carry_out(lambda: found.append(path.read_bytes()))
    assert card._thread._work_queue.qsize() <= 3
    hangs.set()
    card.close()
    assert found == [b"999"]


def assert_in_time(event: threading.Event) -> None:
    """Wait for it."""
    assert event.wait(DEADLINE_S)
