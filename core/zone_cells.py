"""Which cells carry which zone: from arrays over cells to arrays over zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.layout import MatLayout


class ZoneCells:
    """The cells of each zone of a mat.

    Parameters
    ----------
    layout : MatLayout
        With at least one cell a zone.
    """

    def __init__(self, layout: MatLayout) -> None:
        self._order = np.argsort(layout.cell_zone, kind="stable")
        zones = np.arange(len(layout.zone_ids))
        self._starts = np.searchsorted(layout.cell_zone[self._order], zones)
        # Most mats have one cell a zone, in the order of the zones: nothing is to be done then.
        self._one_each = np.array_equal(layout.cell_zone, zones)

    def combine(self, how: np.ufunc, cells: NDArray[Any]) -> NDArray[Any]:
        """Combine what the cells of each zone have, for instance by `np.logical_or`.

        Parameters
        ----------
        how : ufunc
            Of two arguments.
        cells : ndarray, shape (..., n_cells)

        Returns
        -------
        ndarray, shape (..., n_zones)
            The same array where each zone has one cell and they stand in the order of the zones.
        """
        if self._one_each:
            return cells
        return np.asarray(how.reduceat(cells[..., self._order], self._starts, axis=-1))
