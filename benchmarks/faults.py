"""The log's fault campaign: homes in which everything happens, and daemons that are killed.

In a home, in any order: records stored, sent, lost, damaged or doubled on the way; power cut in the
middle of a write; the disk full at any byte; the card put back to a copy; the recorder put back to
a copy. What was stored, and did not go with a card or a copy, must arrive in the end, once.

A real daemon with its link, on a real mosquitto and a simulated mat, is killed with or without its
link, or ended in order; the frames that `state` told of are the truth. The dashboard's own recorder
is killed at random moments, too.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.converters import Found
from tests.dashboard.recording.killed import Found as RecorderFound
from tests.dashboard.recording.killed import kill_recorder
from tests.dashboard.recording.support import StoreRecorder
from tests.home import Home
from tests.pi import killed
from tests.pi.killed import RATE_HZ
from tests.pi.mqtt import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.recorder import Ledger

HOMES = 2_000
"""Every second one with the dashboard's store for a recorder, the others with the small one."""

ACTS = (5, 80)
KILLS = 100
"""Of daemons with each recorder, and of recorders."""


def campaign(seed: int, share: float) -> Found:
    """Run the log's campaign."""
    rng = random.Random(seed)  # noqa: S311
    n_homes, n_kills = max(1, int(HOMES * share)), max(3, int(KILLS * share))
    lost, doubled, stored = (sum(column) for column in zip(*_homes(rng, n_homes), strict=True))
    ends = [_ends(rng, n_kills, with_store=with_store) for with_store in (False, True)]
    beyond = sum(
        each.n_missing + max(each.n_lost_at_end - RATE_HZ, 0) + each.in_order_lost for each in ends
    )
    n_frames, n_doubled = sum(e.n_frames for e in ends), sum(e.n_doubled for e in ends)
    recorder = _recorders(rng, n_kills)
    kept = {
        "no record lost or doubled in any home": lost == doubled == 0,
        "no frame lost beyond the last second before a kill, none doubled": beyond == 0
        and n_doubled == 0,
        "nothing missing or double of a recorder that is killed": recorder[1:] == (0, 0),
    }
    homes = f"of {stored} in {n_homes} homes, half of them with the dashboard's store"
    kills = f"in {n_kills} ends of a daemon with each of two recorders"
    died = f"of {recorder.n_sent} in {n_kills} ends of the dashboard's recorder"
    results = {
        "faults_lost_records": ((float(lost), "records"), homes),
        "faults_doubled_records": ((float(doubled), "records"), homes),
        "faults_lost_frames": (
            (float(beyond), "frames"),
            f"beyond 1 s a kill, of {n_frames} {kills}; most lost at one end "
            f"{max(each.n_lost_at_end for each in ends)}",
        ),
        "faults_duplicate_frames": ((float(n_doubled), "frames"), kills),
        "faults_recorder_missing": ((float(recorder.n_missing), "records"), died),
        "faults_recorder_doubled": ((float(recorder.n_doubled), "records"), died),
    }
    lines = [f"  {'ok ' if true else 'NOT'} {words}" for words, true in kept.items()]
    lines += [f"  {name} {value:g} {unit}" for name, ((value, unit), _) in results.items()]
    return Found(all(kept.values()), lines, results)


def _ends(rng: random.Random, number: int, *, with_store: bool) -> killed.Found:
    """End daemons, while the small recorder or the dashboard's store takes what they send."""
    hows = [rng.choice(("daemon", "both", "in order")) for _ in range(number)]
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        try:
            ledger = cast("Ledger", StoreRecorder(Path(folder))) if with_store else None
            found, _ = killed.kill(broker, Path(folder), hows, ledger)
        finally:
            broker.stop()
    return found


def _recorders(rng: random.Random, number: int) -> RecorderFound:
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        try:
            return kill_recorder(Path(folder), broker.port, number, rng)
        finally:
            broker.stop()


def _homes(rng: random.Random, number: int) -> Iterator[tuple[int, int, int]]:
    """Let something happen in each of many homes; count lost, doubled and stored records."""
    for which in range(number):
        with tempfile.TemporaryDirectory() as folder:
            recorder = StoreRecorder(Path(folder)) if which % 2 else None
            home = Home(Path(folder) / "home", recorder)
            for _ in range(rng.randint(*ACTS)):
                home.do(rng.choice(Home.ACTS), rng.randint(1, 63))
            home.settle()
            home.close()
        got = home.got
        yield len(set(home.taken) - set(got)), len(got) - len(set(got)), len(home.taken)
