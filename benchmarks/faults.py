"""The log's fault campaign: homes in which everything happens, and daemons that are killed.

In a home, in any order: records stored, sent, lost, damaged or doubled on the way; power cut in the
middle of a write; the disk full at any byte; the card put back to a copy; the recorder put back to
a copy. What was stored, and did not go with a card or a copy, must arrive in the end, once.

A real daemon with its link, on a real mosquitto and a simulated mat, is killed with or without its
link, or ended in order; the frames that `state` told of are the truth.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.converters import Found
from tests.home import Home
from tests.pi.killed import RATE_HZ, kill
from tests.pi.mqtt import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator

HOMES = 2_000
ACTS = (5, 80)
KILLS = 100


def campaign(seed: int, share: float) -> Found:
    """Run the log's campaign."""
    rng = random.Random(seed)  # noqa: S311
    n_homes, n_kills = max(1, int(HOMES * share)), max(3, int(KILLS * share))
    lost, doubled, stored = (sum(column) for column in zip(*_homes(rng, n_homes), strict=True))
    hows = [rng.choice(("daemon", "both", "in order")) for _ in range(n_kills)]
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        try:
            killed, _ = kill(broker, Path(folder), hows)
        finally:
            broker.stop()
    beyond = killed.n_missing + max(killed.n_lost_at_end - RATE_HZ, 0) + killed.in_order_lost
    kept = {
        "no record lost or doubled in any home": lost == doubled == 0,
        "no frame lost beyond the last second before a kill, none doubled": beyond == 0
        and killed.n_doubled == 0,
    }
    homes, kills = f"of {stored} in {n_homes} homes", f"in {n_kills} ends of a daemon"
    results = {
        "faults_lost_records": ((float(lost), "records"), homes),
        "faults_doubled_records": ((float(doubled), "records"), homes),
        "faults_lost_frames": (
            (float(beyond), "frames"),
            f"beyond 1 s a kill, of {killed.n_frames} {kills}; most lost at one end "
            f"{killed.n_lost_at_end}",
        ),
        "faults_duplicate_frames": ((float(killed.n_doubled), "frames"), kills),
    }
    lines = [f"  {'ok ' if true else 'NOT'} {words}" for words, true in kept.items()]
    lines += [f"  {name} {value:g} {unit}" for name, ((value, unit), _) in results.items()]
    return Found(all(kept.values()), lines, results)


def _homes(rng: random.Random, number: int) -> Iterator[tuple[int, int, int]]:
    """Let something happen in each of many homes; count lost, doubled and stored records."""
    for _ in range(number):
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder) / "home")
            for _ in range(rng.randint(*ACTS)):
                home.do(rng.choice(Home.ACTS), rng.randint(1, 63))
            home.settle()
            home.close()
        got = home.got
        yield len(set(home.taken) - set(got)), len(got) - len(set(got)), len(home.taken)
