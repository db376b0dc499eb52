"""`python -m scripts.bad_frames`: how much bad frames delay a limit, for docs/safety.md.

A step of load on all zones at once, after a second of nothing, each zone with bad frames of its
own; how much later `limit` of class 1 comes than without any.
"""

from __future__ import annotations

import sys

import numpy as np

from core.engine import Engine
from core.frames import CellView, ForceFrames
from core.layout import load_layout
from core.profiles import Profile
from core.units import US_PER_S

LAYOUT = load_layout("full16")
N_ZONES = len(LAYOUT.zone_ids)
RATES_HZ, SHARES, TIMES = (10, 80), (0.03, 0.05), (1.0, 1.5, 4.0)
SEEDS, SECONDS, ALLOWED_S = 125, 4, 0.1


def raised_us(rate_hz: int, times: float, bad: np.ndarray) -> list[int]:
    """Say when `limit` is raised in each zone.

    Parameters
    ----------
    rate_hz : int
    times : float
        Load of the step, as a multiple of the limit.
    bad : ndarray of bool, shape (n_frames, n_zones)
    """
    engine = Engine(LAYOUT, Profile(mode="standing"))
    t_us = np.arange(len(bad)) * US_PER_S // rate_hz
    load = np.ceil(engine.limits.cn("limit") * times).astype(np.int64)
    # What stands in a bad frame must not matter: nothing there would delay it longest.
    force = np.where((t_us[:, None] >= US_PER_S) & ~bad, load, 0)
    view = CellView(np.zeros_like(force), np.zeros(N_ZONES, np.int64))
    events = engine.feed_forces(ForceFrames(np.arange(len(t_us)), t_us, force, ~bad), view).events
    first = {e.zone: e.t_us for e in reversed(events) if (e.rule, e.state) == ("limit", "raised")}
    return [first[zone] for zone in range(N_ZONES)]


def delays_s(rate_hz: int, times: float, share: float, seeds: int = SEEDS) -> np.ndarray:
    """Measure the delays of all seeds and zones; negative where it came sooner."""
    shape = (SECONDS * rate_hz, N_ZONES)
    whole = np.array(raised_us(rate_hz, times, np.zeros(shape, bool)))
    late = [
        raised_us(rate_hz, times, np.random.default_rng(seed).random(shape) < share) - whole
        for seed in range(seeds)
    ]
    delays: np.ndarray = np.concatenate(late) / US_PER_S
    return delays


def table() -> str:
    """Measure all rows; return them as a Markdown table."""
    head = (
        "| rate | bad | load | onsets | worst delay | later than 0.1 s |\n|---|---|---|---|---|---|"
    )
    return "\n".join(
        [
            head,
            *(_row(rate, share, k) for rate in RATES_HZ for share in SHARES for k in TIMES),
        ]
    )


def _row(rate_hz: int, share: float, times: float) -> str:
    late_s = delays_s(rate_hz, times, share)
    cells = (
        f"{rate_hz} SPS",
        f"{share * 100:.0f} %",
        f"{times:g} × the limit",
        f"{len(late_s)}",
        f"{late_s.max():.3f} s",
        f"{(late_s > ALLOWED_S).sum()}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the table."""
    sys.stdout.write(table() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
