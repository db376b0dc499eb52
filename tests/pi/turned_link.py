"""The link on a machine whose wall clock jumps by weeks, both ways, at every look."""

from __future__ import annotations

import random
import sys
import time
from functools import partial

from pi import link

DAY_S = 86_400.0
DAYS = 40


def jumping(rng: random.Random, true_s: float) -> float:
    """Say what a clock shows that has just been turned."""
    return true_s + rng.uniform(-DAYS, DAYS) * DAY_S


if __name__ == "__main__":
    _true = time.time
    _turned = partial(jumping, random.Random(1))  # noqa: S311
    time.time = lambda: _turned(_true())
    link.main(sys.argv[1:])
