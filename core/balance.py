"""How the load lies on the mat: total, left share, centre of pressure.

Sums are taken on integers (0.01 N and micrometres), so they do not depend on the batch.
With separate plates the centre of pressure is the mean of the plates' points, weighted by force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout

MIN_TOTAL_CN = 2_000
"""Below 20 N there is no centre of pressure and no left share (DESIGN section 10)."""

_UM_PER_MM = 1000.0


@dataclass(frozen=True)
class Balance:
    """Balance of a batch of frames.

    Attributes
    ----------
    total_cn : ndarray of int64, shape (n_frames,)
        Force of the known zones, 0.01 N.
    left_share_pct : ndarray of float64, shape (n_frames,)
        NaN below 20 N, or when a zone is unknown.
    cop_mm : ndarray of float64, shape (n_frames, 2)
        Centre of pressure in the mat frame; NaN likewise.
    """

    total_cn: NDArray[np.int64]
    left_share_pct: NDArray[np.float64]
    cop_mm: NDArray[np.float64]


class Scales:
    """Weighs frames of one layout.

    Parameters
    ----------
    layout : MatLayout
    """

    def __init__(self, layout: MatLayout) -> None:
        left = ~layout.is_right
        at_um = np.rint(layout.at_mm * _UM_PER_MM)
        # One product gives the total, the left foot's part of it, and the moments.
        self._arms = np.column_stack((np.ones_like(left), left, at_um)).astype(np.int64)

    def weigh(self, force_cn: NDArray[np.int64], known: NDArray[np.bool_]) -> Balance:
        """Work out the balance.

        Parameters
        ----------
        force_cn : ndarray of int64, shape (n_frames, n_zones)
        known : ndarray of bool, shape (n_frames, n_zones)
            A zone that is not known counts as nothing, and leaves share and centre undefined.
        """
        whole = np.count_nonzero(known) == known.size
        force = force_cn if whole else np.where(known, force_cn, 0)
        weighed = force @ self._arms
        total = weighed[:, 0]
        defined = total >= MIN_TOTAL_CN
        if not whole:
            defined &= known.all(axis=1)
        divisor = np.where(defined, total, np.nan)
        cop_mm = weighed[:, 2:] / divisor[:, None] / _UM_PER_MM
        return Balance(total, 100.0 * weighed[:, 1] / divisor, cop_mm)


def centre_mm(
    force_cn: NDArray[np.int64], at_mm: NDArray[np.float64], least_cn: int = MIN_TOTAL_CN
) -> NDArray[np.float64]:
    """Centre of pressure of some zones, for instance those of one foot.

    Parameters
    ----------
    force_cn : ndarray of int64, shape (n_frames, n_zones)
    at_mm : ndarray of float64, shape (n_zones, 2)
    least_cn : int
        Undefined (NaN) where the zones carry less than this.

    Returns
    -------
    ndarray of float64, shape (n_frames, 2)
    """
    total = force_cn.sum(axis=1)
    divisor = np.where(total >= least_cn, total, np.nan)
    at_um = np.rint(at_mm * _UM_PER_MM).astype(np.int64)
    centre: NDArray[np.float64] = (force_cn @ at_um) / divisor[:, None] / _UM_PER_MM
    return centre
