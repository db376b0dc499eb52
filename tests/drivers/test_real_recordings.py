"""Acceptance: real walks through counts and back agree with the insoles' own software."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.calibration import fit_to
from core.datasheet import noise_counts_rms
from core.layout import load_layout
from core.recordings import read_recording
from drivers.base import VirtualClock
from drivers.replay import Replay

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LAYOUT = load_layout("insole16")
RIGHT = LAYOUT.is_right
SIDES = {"left": ~RIGHT, "right": RIGHT}
VENDOR_ROUNDING_N = 1.0
CARRIES_N = 20.0


class Walk:
    """A recording after it went through the counts of a replay."""

    def __init__(self, folder: Path, name: str) -> None:
        path = folder / "feet" / f"{name}.csv"
        with path.open(encoding="utf-8") as lines:
            recording = read_recording(lines, str(path))
            self.columns = recording.columns_for(LAYOUT)
            blocks = list(recording.blocks)
        self.recorded_t_s = np.concatenate([block.t_s for block in blocks])
        self.recorded_n = np.concatenate([block.force_n for block in blocks])[:, self.columns]
        self.t_s, self.force_n = self._played(path)
        vendor = np.loadtxt(path.with_name(f"{name}_vendor_force.csv"), delimiter=",", skiprows=1)
        self.vendor_t_s, self.vendor_n = vendor[:, 0], vendor[:, 1:]

    def _played(self, path: Path) -> tuple[Array, Array]:
        t_s, force_n = [], []
        with Replay(LAYOUT, path, VirtualClock(9000.0), seed=11) as bank:
            calibration = fit_to(bank.calibration_spec("2024-05-01"), LAYOUT)
            while not bank.finished:
                forces = calibration.forces(bank.read(1.0))
                assert forces.valid.all()
                t_s.append(forces.t_us / 1e6 - 9000.0 + self.recorded_t_s[0])
                force_n.append(forces.force_cn / 100)
        self.noise_n = noise_counts_rms(bank.rate_hz) / calibration.counts_per_n
        return np.concatenate(t_s), np.concatenate(force_n)


@pytest.fixture(scope="module", params=["walk_slow", "walk_normal", "walk_fast"])
def walk(request: pytest.FixtureRequest, shared_data: Path) -> Walk:
    return Walk(shared_data, request.param)


def noise_bound_n(walk: Walk, cells: NDArray[np.bool_]) -> float:
    """Six sigma of the summed noise of these cells, and the rounding to counts and to 0.01 N."""
    sigma_n = float(np.sqrt(np.sum(walk.noise_n[cells] ** 2)))
    rounding_n = 0.006 * np.count_nonzero(cells)
    return 6.0 * sigma_n + rounding_n


def test_every_row_is_played_at_its_time(walk: Walk) -> None:
    np.testing.assert_allclose(walk.t_s, walk.recorded_t_s, rtol=0, atol=1e-6)
    one = np.eye(16, dtype=bool)
    for zone in range(16):
        error_n = abs(walk.force_n[:, zone] - walk.recorded_n[:, zone])
        assert error_n.max() <= noise_bound_n(walk, one[zone])


@pytest.mark.parametrize("side", SIDES)
def test_totals_agree_with_the_vendors(walk: Walk, side: str) -> None:
    at = np.searchsorted(walk.recorded_t_s, walk.vendor_t_s - 0.001)
    np.testing.assert_allclose(walk.recorded_t_s[at], walk.vendor_t_s, atol=1e-6)
    total_n = walk.force_n[at][:, SIDES[side]].sum(axis=1)
    error_n = abs(total_n - walk.vendor_n[:, int(side == "right")])
    assert len(error_n) > 900
    assert error_n.max() <= VENDOR_ROUNDING_N + noise_bound_n(walk, SIDES[side])


def hull(points: Array) -> Array:
    """Corners of the convex hull, anticlockwise (Andrew's monotone chain)."""

    def chain(ordered: list[tuple[float, float]]) -> list[tuple[float, float]]:
        out: list[tuple[float, float]] = []
        for x, y in ordered:
            while len(out) > 1 and _turn(out[-2], out[-1], (x, y)) <= 0:
                out.pop()
            out.append((x, y))
        return out[:-1]

    ordered = sorted((float(x), float(y)) for x, y in points)
    return np.array(chain(ordered) + chain(ordered[::-1]))


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def outline_mm(side: str) -> Array:
    foot = json.loads(resources.files("core").joinpath("foot.json").read_text("utf-8"))
    points = np.array([*foot["sole"], *(p for toe in foot["toes"].values() for p in toe)])
    x_mm, y_mm = 30.0 + points[:, 0] * 98.0, points[:, 1] * 260.0
    return np.column_stack([x_mm if side == "right" else -x_mm, y_mm])


@pytest.mark.parametrize("side", SIDES)
def test_the_centre_of_pressure_stays_under_the_foot(walk: Walk, side: str) -> None:
    force_n = walk.force_n[:, SIDES[side]]
    carrying = force_n.sum(axis=1) >= CARRIES_N
    assert carrying.mean() > 0.3
    force_n = force_n[carrying]
    cop_mm = force_n @ LAYOUT.at_mm[SIDES[side]] / force_n.sum(axis=1)[:, None]
    corners = hull(outline_mm(side))
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inwards = (bx - ax) * (cop_mm[:, 1] - ay) - (by - ay) * (cop_mm[:, 0] - ax)
        assert (inwards >= 0).all()
