"""A person standing on a mat: forces of the zones as a pure function of time.

Every sum is spelt out in its order and nothing is a matrix product, so that a value never depends
on how many times were asked for at once. Does not model: gait, sitting, soft shoes, pain.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from core.units import NEWTON_PER_KGF
from drivers.anatomy import spread_of
from drivers.errors import DriverError
from drivers.scenario import CALM, Press, Scenario, Shift, Tap
from drivers.waves import Sway, Wander, half_sines, hump, ramp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout
    from drivers.scenario import Phase

    Array = NDArray[np.float64]

MEAN_LEFT_SHARE = 0.52
SHARE_SWING = 0.07
"""The left foot carries 45 to 59 % of the weight."""

SWAY_FORWARD = 0.08
SWAY_OUTWARD = 0.09
"""Largest relative changes of load by sway: the centre of pressure moves by several mm."""

TREMOR = 0.004
TREMOR_HZ = (7.0, 10.0)
STEP_DELAY_S = {"left": 0.0, "right": 0.7}
STEP_S = 0.8
PRESS_RAMP_S = 0.3
SHIFT_RAMP_S = 2.0
_SWAY, _ASIDE, _WANDER, _TREMOR = 1, 2, 3, 4


class Person:
    """Someone of a given weight who stands on a mat and lives through a scenario.

    Parameters
    ----------
    layout : MatLayout
        The mat.
    mass_kg : float
        Body mass.
    seed : int
        Same seed, same person.
    scenario : Scenario
        What happens.

    Raises
    ------
    DriverError
        If the mass is not that of a person, or the scenario names an unknown zone.
    """

    def __init__(
        self, layout: MatLayout, mass_kg: float, seed: int = 0, scenario: Scenario = CALM
    ) -> None:
        if not 0 < mass_kg <= 500:
            raise DriverError(f"a person weighs more than 0 and at most 500 kg, not {mass_kg}")
        for phase in scenario.phases:
            if isinstance(phase, Tap | Press) and phase.zone not in layout.zone_ids:
                raise DriverError(f"no zone {phase.zone!r} in layout {layout.spec.id}: {phase}")
        self._layout = layout
        self._weight_n = mass_kg * NEWTON_PER_KGF
        self._scenario = scenario
        self._spread = spread_of(layout)
        self._forward = Sway(np.random.default_rng((seed, _SWAY)))
        self._aside = Sway(np.random.default_rng((seed, _ASIDE)))
        self._wander = Wander(np.random.default_rng((seed, _WANDER)))
        rng = np.random.default_rng((seed, _TREMOR))
        n_zones = len(layout.zone_ids)
        self._tremor_rad_s = 2 * np.pi * rng.uniform(*TREMOR_HZ, n_zones)
        self._tremor_rad = rng.uniform(0, 2 * np.pi, n_zones)

    def forces_n(self, t_s: Array) -> Array:
        """Give the forces on the zones.

        Parameters
        ----------
        t_s : ndarray of float64, shape (n,)
            Seconds since the person's time began, not negative.

        Returns
        -------
        ndarray of float64, shape (n, n_zones)
            Not negative.
        """
        t_s = np.ascontiguousarray(t_s, float)
        round_s = np.mod(t_s, self._scenario.seconds)
        left = self._left_share(t_s, round_s)
        rows = np.zeros((len(self._layout.zone_ids), len(t_s)))
        for foot, share in (("left", left), ("right", 1.0 - left)):
            load_n = self._weight_n * share * self._on(foot, t_s, round_s)
            self._spread_load(rows, foot, load_n, t_s)
        for phase, (begin_s, end_s) in self._phases():
            if isinstance(phase, Tap | Press):
                row = self._layout.zone_ids.index(phase.zone)
                rows[row] += _added_n(phase, round_s - begin_s, end_s - begin_s)
        return np.ascontiguousarray(rows.T)

    def _phases(self) -> list[tuple[Phase, tuple[float, float]]]:
        return list(zip(self._scenario.phases, self._scenario.spans, strict=True))

    def _left_share(self, t_s: Array, round_s: Array) -> Array:
        share = MEAN_LEFT_SHARE + SHARE_SWING * self._wander.at(t_s)
        for phase, (begin_s, end_s) in self._phases():
            if isinstance(phase, Shift):
                leant = hump(round_s - begin_s, end_s - begin_s, SHIFT_RAMP_S)
                share = share + (phase.left_share - share) * leant
        return share

    def _on(self, foot: str, t_s: Array, round_s: Array) -> Array:
        """How much of its load a foot has brought onto the mat, 0 to 1."""
        delay_s = STEP_DELAY_S[foot]
        on = ramp((t_s - self._scenario.first_on_s - delay_s) / STEP_S)
        for begin_s, end_s in self._scenario.away_spans:
            # What begins late in a round goes on into the next one.
            for at_s in (round_s, round_s + self._scenario.seconds):
                off = ramp((at_s - begin_s - delay_s) / STEP_S)
                back = ramp((at_s - end_s - delay_s) / STEP_S)
                on = np.minimum(on, 1.0 - off + back)
        return on

    def _spread_load(self, rows: Array, foot: str, load_n: Array, t_s: Array) -> None:
        """Fill in the rows of a foot; they sum to `load_n`."""
        zones = np.flatnonzero(self._layout.is_right == (foot == "right"))
        if len(zones) == 0:
            return
        forward = SWAY_FORWARD * self._forward.at(t_s)
        # A body that sways to the right sways outward on the right foot, inward on the left.
        outward = (SWAY_OUTWARD if foot == "right" else -SWAY_OUTWARD) * self._aside.at(t_s)
        shares = [self._share(zone, forward, outward, t_s) for zone in zones.tolist()]
        per_share_n = load_n / reduce(np.add, shares)
        for zone, share in zip(zones, shares, strict=True):
            rows[zone] = share * per_share_n

    def _share(self, zone: int, forward: Array, outward: Array, t_s: Array) -> Array:
        spread = self._spread
        tremor = TREMOR * np.sin(self._tremor_rad_s[zone] * t_s + self._tremor_rad[zone])
        sway = spread.forward[zone] * forward + spread.outward[zone] * outward
        share: Array = spread.share[zone] * (1.0 + sway + tremor)
        return share


def _added_n(phase: Tap | Press, since_s: Array, seconds: float) -> Array:
    """Force of a tapping or pressing hand, newtons."""
    if isinstance(phase, Tap):
        return phase.force_n * half_sines(since_s, phase.hz, seconds)
    return phase.force_n * hump(since_s, seconds, PRESS_RAMP_S)
