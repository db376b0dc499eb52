"""The log's fault campaign: homes in which everything happens, and daemons that are killed.

In a home, in any order: records stored, sent, lost, damaged, too long or doubled on the way; power
cut in the middle of a write; the disk full at any byte; the card put back to a copy; the recorder
put back to a copy; the wall clock turned. What was stored, and did not go with a card or a copy,
must arrive in the end, once.

A real daemon with its link, on a real mosquitto and a simulated mat, is killed with or without its
link, or ended in order; the frames that `state` told of are the truth. The dashboard's own recorder
is killed at random moments, too.
"""

from __future__ import annotations

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple, cast

from benchmarks.converters import Found
from tests.dashboard.recording.killed import Found as RecorderFound
from tests.dashboard.recording.killed import kill_recorder
from tests.dashboard.recording.support import MAT, StoreRecorder
from tests.home import Home
from tests.pi import killed
from tests.pi.killed import RATE_HZ
from tests.pi.mqtt import Mosquitto
from tests.pi.yard import scratch

if TYPE_CHECKING:
    from tests.recorder import Ledger

HOMES = 2_000
"""Every second one with the dashboard's store for a recorder, the others with the small one."""

ACTS = (5, 80)
KILLS = 100
"""Of daemons with each recorder, and of recorders."""

LANES = 4
AT_ONCE = 5
"""A daemon that is to be killed is mostly waited for."""

WRITING = RATE_HZ // 10
"""Frames that come while the second before them is on its way to the card; more, where other
programs take the processor, so that what is more counts and is told, but is no failure."""

HOWS = ("daemon", "both", "in order")


class Records(NamedTuple):
    """What became of the records of some homes."""

    lost: int
    doubled: int
    stored: int


def campaign(seed: int, share: float) -> Found:
    """Run the log's campaign."""
    n_homes, n_kills = max(LANES, int(HOMES * share)), max(LANES, int(KILLS * share))
    rngs = [random.Random(f"{seed}.{lane}") for lane in range(LANES)]  # noqa: S311
    kills = [len(range(lane, n_kills, LANES)) for lane in range(LANES)]
    homes = [len(range(lane, n_homes, LANES)) for lane in range(LANES)]
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        recorder = pool.submit(_recorders, random.Random(seed), n_kills)  # noqa: S311
        small, store = pool.map(_ends, rngs, kills), pool.map(_ends_with_store, rngs, kills)
        lived = pool.map(_homes, rngs, homes)
        ends = _together([*small, *store])
        records = Records(*map(sum, zip(*lived, strict=True)))
        return _judged(ends, records, recorder.result(), n_homes, n_kills)


def _judged(
    ends: killed.Found, records: Records, recorder: RecorderFound, n_homes: int, n_kills: int
) -> Found:
    beyond = ends.n_missing + max(ends.n_lost_at_end - RATE_HZ - WRITING, 0) + ends.in_order_lost
    kept = {
        "no record lost or doubled in any home": records.lost == records.doubled == 0,
        "no frame lost but of the last second before a kill, and of one on its way to the card": (
            (ends.n_missing, ends.in_order_lost, ends.n_doubled) == (0, 0, 0)
            and ends.n_lost_at_end < 2 * RATE_HZ
        ),
        "nothing missing or double of a recorder that is killed": recorder[1:] == (0, 0),
    }
    homes = f"of {records.stored} in {n_homes} homes, half of them with the dashboard's store"
    kills = f"in {n_kills} ends of a daemon with each of two recorders"
    died = f"of {recorder.n_sent} in {n_kills} ends of the dashboard's recorder"
    results = {
        "faults_lost_records": ((float(records.lost), "records"), homes),
        "faults_doubled_records": ((float(records.doubled), "records"), homes),
        "faults_lost_frames": (
            (float(beyond), "frames"),
            f"beyond 1 s a kill and 0.1 s for the write, of {ends.n_frames} {kills}; most lost at "
            f"one end {ends.n_lost_at_end}, {RATE_HZ} a second",
        ),
        "faults_duplicate_frames": ((float(ends.n_doubled), "frames"), kills),
        "faults_recorder_missing": ((float(recorder.n_missing), "records"), died),
        "faults_recorder_doubled": ((float(recorder.n_doubled), "records"), died),
    }
    lines = [f"  {'ok ' if true else 'NOT'} {words}" for words, true in kept.items()]
    lines += [f"  {name} {value:g} {unit}" for name, ((value, unit), _) in results.items()]
    return Found(all(kept.values()), lines, results)


def _together(lanes: list[killed.Found]) -> killed.Found:
    """Add what was found up; of what is the most at one end, take the most."""
    found = killed.Found()
    for name in (field.name for field in fields(killed.Found)):
        add = sum if name.startswith("n_") and name != "n_lost_at_end" else max
        setattr(found, name, add(getattr(lane, name) for lane in lanes))
    return found


def _ends(rng: random.Random, number: int, *, with_store: bool = False) -> killed.Found:
    """Let one daemon after the other live and die on one card, before one of the recorders."""
    with scratch() as folder:
        broker = Mosquitto(folder)
        broker.start()
        try:
            store = StoreRecorder(folder) if with_store else None
            ledger = cast("Ledger | None", store)
            found = killed.kill(broker, folder, rng.choices(HOWS, k=number), rng, ledger)[0]
            found.n_missing += _left_out(store) if store else 0
            return found
        finally:
            broker.stop()


def _left_out(recorder: StoreRecorder) -> int:
    """Count what a store says that it has not, or could not read."""
    health = recorder.store.logs.health(MAT)
    return health.n_lost + health.n_damaged + health.n_unreadable


def _ends_with_store(rng: random.Random, number: int) -> killed.Found:
    return _ends(rng, number, with_store=True)


def _recorders(rng: random.Random, number: int) -> RecorderFound:
    with scratch() as folder:
        broker = Mosquitto(folder)
        broker.start()
        try:
            return kill_recorder(folder, broker.port, number, rng)
        finally:
            broker.stop()


def _homes(rng: random.Random, number: int) -> Records:
    """Let something happen in each of some homes; count lost, doubled and stored records."""
    lost = doubled = stored = 0
    for which in range(number):
        with scratch() as folder:
            recorder = StoreRecorder(folder) if which % 2 else None
            home = Home(folder / "home", recorder)
            for _ in range(rng.randint(*ACTS)):
                home.do(rng.choice(Home.ACTS), rng.randint(1, 63))
            home.settle()
            home.close()
        got = home.got
        lost += len(set(home.taken) - set(got))
        doubled += len(got) - len(set(got))
        stored += len(home.taken)
    return Records(lost, doubled, stored)
