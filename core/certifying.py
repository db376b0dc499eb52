"""From fits to the calibration of a mat, with a certificate for every cell that was calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from core.calibration import Calibration, CalibrationSpec, CellCalibration, fit_to
from core.certificate import CellFigures
from core.errors import CalibrationError
from core.figures import (
    bound_n,
    hysteresis_n,
    masses_kg,
    noise_n,
    nonlinearity_n,
    repeatability_n,
    residual_n,
    zero_return_n,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.calibration_fit import CellFit
    from core.layout import MatLayout


class Circumstances(NamedTuple):
    """What a certificate says beside its figures.

    Attributes
    ----------
    calibrated_on, expires_on : str
        Dates, ISO 8601.
    by : str
        Who did it; may be empty.
    rate_hz : float
    made_for : str
        As in `CalibrationSpec`.
    """

    calibrated_on: str
    expires_on: str
    by: str
    rate_hz: float
    made_for: str = ""


def certify(fit: CellFit, now: Circumstances) -> CellCalibration:
    """Write down a cell's line with its figures."""
    figures = CellFigures(
        calibrated_on=now.calibrated_on,
        expires_on=now.expires_on,
        by=now.by,
        rate_hz=now.rate_hz,
        masses_kg=masses_kg(fit),
        range_n=fit.range_n,
        noise_n=noise_n(fit),
        zero_return_n=zero_return_n(fit),
        residual_n=residual_n(fit),
        bound_n=bound_n(fit),
        nonlinearity_n=nonlinearity_n(fit),
        hysteresis_n=hysteresis_n(fit),
        repeatability_n=repeatability_n(fit),
    )
    return CellCalibration(fit.zero_counts, fit.counts_per_n, fit.zero_counts, figures)


def assemble(
    layout: MatLayout,
    fits: Mapping[int, CellFit],
    now: Circumstances,
    before: Calibration | None = None,
) -> Calibration:
    """Put the calibration of a mat together.

    Parameters
    ----------
    layout : MatLayout
    fits : mapping of int to CellFit
        Of the cells that were calibrated now.
    now : Circumstances
    before : Calibration, optional
        Where the other cells are taken from.

    Raises
    ------
    CalibrationError
        If a cell is in neither, or a line is unusable.
    """
    n_cells = len(layout.spec.cell)
    missing = [cell + 1 for cell in range(n_cells) if cell not in fits]
    if missing and (before is None or before.spec.made_for != now.made_for):
        raise CalibrationError(
            f"cell {missing[0]} was never calibrated; calibrate all cells at least once"
        )
    old = before.spec.cells if before else ()
    cells = tuple(
        certify(fits[cell], now) if cell in fits else old[cell] for cell in range(n_cells)
    )
    dates = [cell.figures.calibrated_on for cell in cells if cell.figures]
    if before and len(dates) < n_cells:
        dates.append(before.spec.calibrated_on)
    tared_on = before.spec.tared_on if before and missing else ""
    return fit_to(CalibrationSpec(layout.hash, min(dates), cells, tared_on, now.made_for), layout)
