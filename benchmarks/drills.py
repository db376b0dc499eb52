"""The campaign of single faults: each is played to a mat, its link and both kinds of broker.

Some run at a time, each in a process of its own: most of a fault is waiting.
"""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.converters import Found
from tests.pi.drills import DRILLS, play, wrong
from tests.pi.yard import BROKERS, Verdict, Yard, scratch

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUNDS = 1
AT_LEAST = 6
AT_ONCE = 3


class Trial(NamedTuple):
    """A drill, the broker it is played over, and what decides its moments."""

    name: str
    kind: str
    seed: int


def campaign(seed: int, share: float) -> Found:
    """Play every drill over every broker, or as large a share of them."""
    trials = [Trial(*each) for each in product(DRILLS, BROKERS, range(seed, seed + ROUNDS))]
    if share < 1:
        rng = random.Random(seed)  # noqa: S311
        trials = rng.sample(trials, max(AT_LEAST, round(len(trials) * share)))
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=spawning) as pool:
        outcomes = list(zip(trials, pool.map(_try, trials), strict=True))
    bad = [f"{trial.name} over {trial.kind}: {said}" for trial, (_, said) in outcomes if said]
    return Found(
        not bad, _lines(trials, bad), _results(trials, [found for _, (found, _) in outcomes])
    )


def _try(trial: Trial) -> tuple[Verdict, str]:
    with scratch() as folder:
        yard = Yard(trial.kind, folder, random.Random(trial.seed))  # noqa: S311
        try:
            found = play(trial.name, yard)
        # Whatever it is, it is the finding of this trial, and the others go on.
        except Exception as error:  # noqa: BLE001
            return yard.judge(), f"{type(error).__name__}: {str(error)[:300]}"
        finally:
            yard.close()
    return found, wrong(trial.name, found)


def _lines(trials: Iterable[Trial], bad: list[str]) -> list[str]:
    times = Counter(trial.name for trial in trials)
    return [
        *[f"  {name.replace('_', ' ')}, {number} times" for name, number in times.items()],
        *[f"  NOT {words}" for words in bad],
        *(
            []
            if bad
            else ["  ok  every frame once, every gap told, none invented, in each of them"]
        ),
    ]


def _results(trials: list[Trial], found: list[Verdict]) -> dict[str, tuple[tuple[float, str], str]]:
    given_up = sum(each.n_missing for trial, each in zip(trials, found, strict=True)
                   if trial.name == "no_room_in_the_log")  # fmt: skip
    frames = sum(each.n_frames for each in found)
    missing = sum(each.n_missing for each in found) - given_up
    words = (
        f"of {frames} frames that simulators counted, in {len(trials)} trials of "
        f"{len({trial.name for trial in trials})} faults over mosquitto and the NATS server; "
        f"{given_up} more were given up for want of room, each told"
    )
    return {
        "faults_trials": ((float(len(trials)), "trials"), "of docs/faults.md"),
        "faults_trials_lost_frames": ((float(missing), "frames"), words),
        "faults_trials_duplicate_frames": (
            (float(sum(each.n_doubled for each in found)), "frames"),
            f"of {frames}",
        ),
    }
