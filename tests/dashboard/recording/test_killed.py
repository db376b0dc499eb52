"""`kill -9` of a recorder at any moment: nothing is missing, nothing is there twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.dashboard.recording.killed import kill_recorder
from tests.dashboard.support import Mosquitto

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_ten_times_it_has_everything_once(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        found = kill_recorder(tmp_path, broker.port, 10, random.Random(1))  # noqa: S311
    assert found.n_sent > 100
    assert (found.n_missing, found.n_doubled) == (0, 0)
