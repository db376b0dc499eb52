"""`make campaign`: what the tests do, in its long form, seeded.

Of the core, the two properties that matter most: the engine against a slow reference on signals
that hypothesis makes up, and any cut of the stream against the whole, bit for bit. Of the
converters: chips, wires and readers that fail, and the Adafruit library beside. Of the log: cards,
recorders, networks and daemons that fail.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import converters, faults
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
    seed = parser.parse_args().seed
    share = float(os.environ.get("REFLEXMAT_CAMPAIGN_SHARE", "1"))
    code = (
        _part(converters.campaign, seed, share)
        or _part(faults.campaign, seed, share)
        or _core(seed, share)
    )
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
