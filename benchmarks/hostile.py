"""The campaign of hostile commands: a daemon with its link, a broker, and someone who means harm.

Thousands of commands that are none, or should be refused: each must be answered with a refusal,
nothing on the mat may change, no process may end, and the frames that are recorded all the while
must have no hole.
"""

from __future__ import annotations

import random
from collections import Counter

from benchmarks.converters import Found
from tests.pi.attack import attack
from tests.pi.yard import BROKERS, Yard, scratch


def campaign(seed: int, share: float) -> Found:
    """Send hostile commands over each kind of broker, half over each."""
    counts = Counter[str]()
    for kind in BROKERS:
        with scratch() as folder:
            yard = Yard(kind, folder, random.Random(seed))  # noqa: S311
            try:
                attack(yard, share / len(BROKERS), counts)
                yard.settle()
                found = yard.judge()
            finally:
                yard.close()
        counts["frames"] += found.n_frames
        counts["frames wrong"] += found.n_missing + found.n_doubled + found.n_reported
    bad = {name: counts[name] for name in ("obeyed", "changes", "restarts", "frames wrong")}
    words = (
        f"{counts['commands']} commands over mosquitto and the NATS server: malformed, oversize, "
        "replayed, retained, of other boots"
    )
    return Found(
        not any(bad.values()),
        [f"  {'NOT' if any(bad.values()) else 'ok '} {words}: {bad}"],
        {
            "hostile_commands": ((float(counts["commands"]), "commands"), words),
            "hostile_harm": (
                (float(sum(bad.values())), "cases"),
                "commands obeyed, changes of state, ends of a process, frames missing or doubled "
                f"of {counts['frames']}",
            ),
        },
    )
