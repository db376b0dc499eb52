"""Curves over time that a simulated body is made of. All are pure and work element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SWAY_HZ = (0.1, 0.17, 0.28, 0.45, 0.72, 1.15)
"""Frequencies of postural sway; each person's differ by a few percent."""

WANDER_EVERY_S = 14.0
WANDER_TAKES_S = 2.5
_WANDER_JITTER_S = 6.0
_WANDER_STOPS = 64


def ramp(x: Array) -> Array:
    """Rise smoothly from 0 at x = 0 to 1 at x = 1, flat outside."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def hump(since_s: Array, seconds: float, ramp_s: float) -> Array:
    """Rise to 1 at the begin, fall to 0 by the end of an interval; both take `ramp_s` at most."""
    ramp_s = min(ramp_s, seconds / 2.0)
    return ramp(since_s / ramp_s) * ramp((seconds - since_s) / ramp_s)


def half_sines(since_s: Array, hz: float, seconds: float) -> Array:
    """Positive half waves, 0 to 1, `hz` a second, within an interval."""
    wave = np.sin(2.0 * np.pi * hz * since_s)
    inside = (since_s >= 0.0) & (since_s < seconds)
    return np.where(inside, np.maximum(wave, 0.0), 0.0)


class Sway:
    """Sum of slow sinusoids with a person's own phases, between -1 and 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the frequencies and phases.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        hz = np.array(SWAY_HZ)
        # The slower, the wider, as in the spectrum of a standing body.
        weight = 1.0 / np.sqrt(hz)
        self._amplitude = weight / weight.sum()
        self._rad_s = 2.0 * np.pi * hz * rng.uniform(0.96, 1.04, len(hz))
        self._rad = rng.uniform(0.0, 2.0 * np.pi, len(hz))

    def at(self, t_s: Array) -> Array:
        """Value at times `t_s`, same shape."""
        value = np.zeros_like(t_s)
        for amplitude, rad_s, rad in zip(self._amplitude, self._rad_s, self._rad, strict=True):
            value += amplitude * np.sin(rad_s * t_s + rad)
        return value


class Wander:
    """Moves on to another value between -1 and 1 every 8 to 20 s, and rests there.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the values and the times.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._stops = rng.uniform(-1.0, 1.0, _WANDER_STOPS)
        self._wait_s = rng.uniform(0.0, _WANDER_JITTER_S, _WANDER_STOPS)

    def at(self, t_s: Array) -> Array:
        """Value at times `t_s`, same shape."""
        turn = np.floor(t_s / WANDER_EVERY_S)
        index = turn.astype(np.int64) % _WANDER_STOPS
        since_s = t_s - turn * WANDER_EVERY_S - self._wait_s[index]
        before, after = self._stops[index - 1], self._stops[index]
        moved: Array = before + (after - before) * ramp(since_s / WANDER_TAKES_S)
        return moved
