"""The durable log of a real daemon that is killed: every frame once, but for its last second."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.pi.killed import RATE_HZ, Found, kill
from tests.pi.mqtt import Mosquitto

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_at_any_moment_it_loses_its_last_second_at_most(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    try:
        found, ledger = kill(broker, tmp_path, ("daemon", "both", "in order"), random.Random(1))  # noqa: S311
    finally:
        broker.stop()
    assert found.n_frames > 3 * RATE_HZ
    # The second that is not whole, and one that is on its way to the card at that moment.
    assert found.n_lost_at_end < 2 * RATE_HZ
    assert found == Found(n_frames=found.n_frames, n_lost_at_end=found.n_lost_at_end)
    assert (ledger.n_lost, ledger.beside) == (0, [])
    assert [record.seq for record in ledger.kept] == list(range(len(ledger.kept)))
