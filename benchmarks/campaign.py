"""`make campaign`: what the tests do, in its long form, seeded.

Of the core, the two properties that matter most: the engine against a slow reference on signals
that hypothesis makes up, and any cut of the stream against the whole, bit for bit. Of the
converters: chips, wires and readers that fail, and the Adafruit library beside. Of the mat: cards,
recorders, networks, brokers and daemons that fail, commands that mean harm, a whole day, and how
late an alarm is meanwhile (docs/faults.md).
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import alarm_delay, converters, day, drills, faults, hostile
from benchmarks.results import Result, save

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.converters import Found

    Campaign = Callable[[int, float], Found]

SIGNALS = 10_000
TESTS = (
    "tests/core/test_reference.py",
    "tests/core/test_feed_split.py",
    "tests/core/test_long_feed.py",
)
HOW = ("--timeout=3000", "--numprocesses=logical", "--dist=worksteal")


def main() -> int:
    """Run the campaign; return the exit code of its tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of hypothesis")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    seed = options.seed
    share = float(os.environ.get("REFLEXMAT_CAMPAIGN_SHARE", "1"))
    names = options.parts or PARTS
    code = next((code for name in names if (code := PARTS[name](seed, share))), 0)
    print("campaign passed" if code == 0 else "campaign FAILED", flush=True)
    return code


def _part(campaign: Campaign, seed: int, share: float) -> int:
    how = _how(seed)
    found = campaign(seed, share)
    for line in found.lines:
        print(line, flush=True)
    save({name: Result(*value, how=how + words) for name, (value, words) in found.results.items()})
    return int(not found.passed)


def _core(seed: int, share: float) -> int:
    code = subprocess.run(
        [sys.executable, "-m", "pytest", f"--hypothesis-seed={seed}", *HOW, *TESTS],
        env={**os.environ, "HYPOTHESIS_PROFILE": "campaign"},
        check=False,
    ).returncode
    if code == 0:
        save(_results(max(500, int(SIGNALS * share)), seed))
    return code


PARTS: dict[str, Callable[[int, float], int]] = {
    "converters": functools.partial(_part, converters.campaign),
    "faults": functools.partial(_part, faults.campaign),
    "drills": functools.partial(_part, drills.campaign),
    "hostile": functools.partial(_part, hostile.campaign),
    "day": functools.partial(_part, day.campaign),
    "alarm_delay": functools.partial(_part, alarm_delay.campaign),
    "core": _core,
}


def _how(seed: int) -> str:
    share = os.environ.get("REFLEXMAT_CAMPAIGN_SHARE")
    prefix = f"REFLEXMAT_CAMPAIGN_SHARE={share} " if share else ""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return f"{prefix}make campaign SEED={seed}, {today}: "


def _results(signals: int, seed: int) -> dict[str, Result]:
    how = _how(seed)
    return {
        "campaign_reference_signals": Result(
            float(signals), "signals", how + "generated signals judged by core and by the reference"
        ),
        "campaign_reference_disagreements": Result(
            0.0, "signals", how + "signals on which an event, value or order differed"
        ),
    }


if __name__ == "__main__":
    sys.exit(main())
