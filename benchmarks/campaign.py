"""`make campaign`: the property tests of the core in their long form, seeded.

The two that matter most: the engine against a slow reference on signals that hypothesis makes up,
and any cut of the stream against the whole, bit for bit.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys

from benchmarks.results import Result, save

SIGNALS = 10_000
TESTS = ("tests/core/test_reference.py", "tests/core/test_feed_split.py")


def main() -> int:
    """Run the campaign; return the exit code of its tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of hypothesis")
    seed = parser.parse_args().seed
    share = float(os.environ.get("REFLEXMAT_CAMPAIGN_SHARE", "1"))
    code = subprocess.run(
        [sys.executable, "-m", "pytest", f"--hypothesis-seed={seed}", "--timeout=3000", *TESTS],
        env={**os.environ, "HYPOTHESIS_PROFILE": "campaign"},
        check=False,
    ).returncode
    if code == 0:
        save(_results(max(500, int(SIGNALS * share)), seed))
    return code


def _results(signals: int, seed: int) -> dict[str, Result]:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    how = f"make campaign SEED={seed}, {today}: "
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
