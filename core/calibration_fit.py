"""Zero and slope of a cell from known loads on it, and every reason to trust neither.

The line goes through the empty cell, as it does after every tare; its slope is the least-squares
one through the loads: slope = sum(F d) / sum(F²), d the counts above empty. A plate on several
cells shares a load among them, so what the others carry is taken off first, by their own slopes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.calibration import FULL_SCALE_COUNTS, MIN_COUNTS_PER_N
from core.errors import CalibrationError
from core.units import NEWTON_PER_KGF, to_kgf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

LEAST_STEP_COUNTS = 0.01 * FULL_SCALE_COUNTS
"""Two loads closer than 1 % of the converter's span are as good as equal."""

MOST_RESIDUAL_SHARE = 0.005
"""Of the largest load. A worse fit comes from a wrong mass or a plate that touches something."""

MOST_RETURN_SHARE = 0.01
"""Of the largest load, that an empty cell may show afterwards."""

MOST_LEAK_SHARE = 0.25
"""Of a load, that the other cells of the plate may carry: else it did not lie on the cell."""

MOST_ROUND_SHARE = 1e-6
"""Slopes of a plate's cells agree to this from round to round, or not at all."""

_ROUNDS = 40


class FitRefusedError(CalibrationError):
    """Points that give no calibration; says of which cell, why, and what to do."""


class Point(NamedTuple):
    """One load on one cell, as it was measured.

    Attributes
    ----------
    force_n : float
        Of the mass; 0 for none.
    counts : ndarray of float64, shape (n_cells,)
        Means of all cells of the mat.
    sd_counts : float
        Noise of one reading of the cell.
    n_readings : int
    """

    force_n: float
    counts: NDArray[np.float64]
    sd_counts: float
    n_readings: int


@dataclass(frozen=True)
class CellFit:
    """A cell's line, and the points that it came from.

    Attributes
    ----------
    cell : int
        Index in the layout.
    zero_counts, counts_per_n : float
    load_n : ndarray of float64, shape (n_points,)
        What this cell carried of each load.
    counts : ndarray of float64, shape (n_points,)
    points : tuple of Point
        In the order in which they were measured.
    """

    cell: int
    zero_counts: float
    counts_per_n: float
    load_n: NDArray[np.float64]
    counts: NDArray[np.float64]
    points: tuple[Point, ...]

    @property
    def range_n(self) -> float:
        """Largest load."""
        return float(self.load_n.max())

    @property
    def error_n(self) -> NDArray[np.float64]:
        """Shape (n_points,): force by the line, less the true one."""
        return (self.counts - self.zero_counts) / self.counts_per_n - self.load_n

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Shape (n_points,): nothing lay on it."""
        return np.array([point.force_n == 0 for point in self.points])


def check_masses(masses_kg: Sequence[float], capacity_n: float, cell: int) -> None:
    """Refuse masses that a cell must not carry, before anybody puts them on.

    Raises
    ------
    FitRefusedError
        If there is none, one is no mass, or one is above the capacity of the cell.
    """
    if not masses_kg:
        raise FitRefusedError("no mass given; name at least one, in kg")
    for mass_kg in masses_kg:
        if not 0 < mass_kg < float("inf"):
            raise FitRefusedError(f"{mass_kg:g} kg is no mass; give kilograms above 0")
        if mass_kg * NEWTON_PER_KGF > capacity_n:
            raise FitRefusedError(
                f"cell {cell + 1}: {mass_kg:g} kg is more than its capacity of "
                f"{to_kgf(capacity_n):.0f} kg; take a smaller one"
            )


def fit_cells(
    runs: Mapping[int, Sequence[Point]],
    known: Mapping[int, float],
    *,
    allow_reversed: bool = False,
) -> dict[int, CellFit]:
    """Fit the cells of one plate.

    Parameters
    ----------
    runs : mapping of int to sequence of Point
        Of each cell, what was measured while its loads lay on it; the first point is empty.
    known : mapping of int to float
        Counts per newton of the plate's cells that are not calibrated now.
    allow_reversed : bool
        Whether a cell may count down under load.

    Returns
    -------
    dict of int to CellFit

    Raises
    ------
    FitRefusedError
    """
    for cell, points in runs.items():
        if not points or points[0].force_n != 0 or all(p.force_n == 0 for p in points):
            raise FitRefusedError(
                f"cell {cell + 1}: measure it empty first, then with a mass on it"
            )
        _check_steps(cell, points)
    slopes = {cell: _fit(cell, points, {}).counts_per_n for cell, points in runs.items()}
    fits: dict[int, CellFit] = {}
    before = slopes
    for _ in range(_ROUNDS):
        others = {**known, **slopes}
        fits = {cell: _fit(cell, points, others) for cell, points in runs.items()}
        before, slopes = slopes, {cell: fit.counts_per_n for cell, fit in fits.items()}
    _check_settled(before, slopes)
    for fit in fits.values():
        for check in CHECKS:
            reason = check(fit)
            if reason and not (check is _reversed and allow_reversed):
                raise FitRefusedError(f"cell {fit.cell + 1}: {reason}")
    return fits


def _check_settled(before: Mapping[int, float], slopes: Mapping[int, float]) -> None:
    """Refuse slopes that no amount of rounds agrees on: the mass lay on one spot for all cells."""
    for cell, slope in slopes.items():
        if abs(slope - before[cell]) > MOST_ROUND_SHARE * abs(slope):
            raise _not_apart(cell)


def _not_apart(cell: int) -> FitRefusedError:
    return FitRefusedError(
        f"cell {cell + 1}: its plate's cells cannot be told apart; put the mass right above each "
        "cell in turn, not on one spot of the plate"
    )


def _check_steps(cell: int, points: Sequence[Point]) -> None:
    """Refuse loads that the cell cannot tell apart, or answers in both directions."""
    at = {p.force_n: float(p.counts[cell]) for p in reversed(points)}
    steps = [at[high] - at[low] for low, high in pairwise(sorted(at))]
    if min(map(abs, steps)) < LEAST_STEP_COUNTS:
        raise FitRefusedError(
            f"cell {cell + 1}: two loads differ by {min(map(abs, steps)) / FULL_SCALE_COUNTS:.2%} "
            "of its span, 1 % is needed; take masses further apart, right on top of the cell"
        )
    if min(steps) < 0 < max(steps):
        raise FitRefusedError(
            f"cell {cell + 1}: more load gives more counts, then fewer; check the masses and wiring"
        )


def _fit(cell: int, points: Sequence[Point], slopes: Mapping[int, float]) -> CellFit:
    """Fit one cell, the other cells of its plate carrying what their slopes say."""
    counts = np.array([point.counts for point in points])
    force_n = np.array([point.force_n for point in points])
    above = counts - counts[force_n == 0].mean(axis=0)
    load_n = force_n - sum((above[:, c] / s for c, s in slopes.items() if c != cell), start=0.0)
    load_n[force_n == 0] = 0.0
    power = float((load_n**2).sum())
    if power <= MOST_ROUND_SHARE * float((force_n**2).sum()):
        raise _not_apart(cell)
    slope = (load_n * above[:, cell]).sum() / power
    zero = float(counts[force_n == 0, cell].mean())
    return CellFit(cell, zero, float(slope), load_n, counts[:, cell], tuple(points))


def _unusable(fit: CellFit) -> str | None:
    if MIN_COUNTS_PER_N < abs(fit.counts_per_n) < FULL_SCALE_COUNTS:
        return None
    return f"{fit.counts_per_n:g} counts per newton is no load cell; check the masses"


def _misplaced(fit: CellFit) -> str | None:
    force_n = np.array([point.force_n for point in fit.points])
    if (abs(force_n - fit.load_n) <= MOST_LEAK_SHARE * force_n.max()).all():
        return None
    return "other cells of the plate carried a part of the mass; put it right above this cell"


def _reversed(fit: CellFit) -> str | None:
    if fit.counts_per_n > 0:
        return None
    return "its counts fall under load; swap its two signal wires, or allow it with --reversed"


def _bent(fit: CellFit) -> str | None:
    worst_n = float(abs(fit.error_n[~fit.empty]).max())
    if worst_n <= MOST_RESIDUAL_SHARE * fit.range_n:
        return None
    return (
        f"a load is off the line by {worst_n:.2f} N, at most {MOST_RESIDUAL_SHARE:.1%} of the "
        "largest may be; check the masses, and that the plate touches nothing"
    )


def _remains(fit: CellFit) -> str | None:
    empty = fit.counts[fit.empty]
    rest_n = float(abs((empty - empty[0]) / fit.counts_per_n).max())
    if rest_n <= MOST_RETURN_SHARE * fit.range_n:
        return None
    return f"empty again it shows {rest_n:.2f} N; take everything off and see that nothing jams"


CHECKS: tuple[Callable[[CellFit], str | None], ...] = (
    _unusable,
    _misplaced,
    _reversed,
    _remains,
    _bent,
)
"""Why a fit is refused; first come, first told."""
