"""From the counts of cells to the forces of zones, and what else the cells say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.cell_loads import CAPACITY_BP, CellLoads
from core.drift import drift_condition
from core.errors import CalibrationError
from core.frames import CellFrames, CellView, ForceFrames
from core.health import CellHealth
from core.units import to_cn
from core.zero_tracking import ZeroTracker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.calibration import Calibration
    from core.layout import MatLayout


class Felt(NamedTuple):
    """A block of frames as the rules take it.

    Attributes
    ----------
    forces : ForceFrames
    view : CellView
    drifted : dict of str to ndarray of bool, shape (n_frames, n_zones)
        Where `zero_drift` holds.
    """

    forces: ForceFrames
    view: CellView
    drifted: dict[str, NDArray[np.bool_]]


class Cells:
    """All cells of one mat.

    Parameters
    ----------
    calibration : Calibration
    contact_cn : ndarray of int64, shape (n_zones,)
        Force from which a zone is in contact if zero were exact, 0.01 N.

    Attributes
    ----------
    zero : ZeroTracker
    health : CellHealth
    """

    def __init__(self, calibration: Calibration, contact_cn: NDArray[np.int64]) -> None:
        self._n_cells = len(calibration.spec.cells)
        self._loads = CellLoads(calibration)
        self.zero = ZeroTracker(calibration, contact_cn)
        self.health = CellHealth(calibration)

    def check(self, frames: CellFrames) -> None:
        """Refuse frames of another mat.

        Raises
        ------
        CalibrationError
        """
        if frames.counts.shape[1] != self._n_cells:
            raise CalibrationError(
                f"{frames.counts.shape[1]} cells read, {self._n_cells} calibrated"
            )

    def tare(self, calibration: Calibration, contact_cn: NDArray[np.int64]) -> None:
        """Go on from another zero; what the cells have shown of themselves still holds."""
        self._loads.use(calibration)
        self.zero = ZeroTracker(calibration, contact_cn, tared=True)

    def set_contact(self, contact_cn: NDArray[np.int64]) -> None:
        """Take another force from which a zone is in contact."""
        self.zero.set_contact(contact_cn)

    def feed(self, t_us: NDArray[np.int64], frames: CellFrames) -> Felt:
        """Turn counts into forces, less what zero has moved.

        Parameters
        ----------
        t_us : ndarray of int64, shape (n_frames,)
        frames : CellFrames
        """
        loads = self._loads.feed(frames)
        zero = self.zero.feed(t_us, frames, loads.zones_n)
        force_cn = to_cn(loads.zones_n - zero.shift_n)
        forces = ForceFrames(frames.seq, t_us, force_cn, ~loads.bad, int(frames.lost.sum()))
        drifted = drift_condition(self.zero.drifted, zero.drifted, len(frames))
        return Felt(forces, CellView(loads.load_bp, zero.least_cn), drifted)


def plain_view(frames: ForceFrames, full_cn: NDArray[np.int64]) -> CellView:
    """Say what cells would that nothing is wrong with; a zone's load is shared by its cells.

    Parameters
    ----------
    frames : ForceFrames
    full_cn : ndarray of int64, shape (n_zones,)
        Capacity of the cells of each zone, 0.01 N.
    """
    share = -(-frames.force_cn * CAPACITY_BP // full_cn)
    load_bp = np.where(frames.valid, np.maximum(share, 0), 0)
    return CellView(load_bp, np.zeros(frames.force_cn.shape[1], np.int64))


def full_cn(layout: MatLayout) -> NDArray[np.int64]:
    """Shape (n_zones,): what the cells of each zone bear together, 0.01 N."""
    total_n = np.zeros(len(layout.zone_ids))
    np.add.at(total_n, layout.cell_zone, layout.capacity_n)
    return to_cn(total_n)
