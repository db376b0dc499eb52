"""Weights by command: masses put on single cells of a simulated mat, for a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Weights:
    """What lies on each cell, and since when; a change changes nothing before its time.

    Parameters
    ----------
    n_cells : int
    """

    def __init__(self, n_cells: int) -> None:
        self._since_s: list[float] = [-np.inf]
        self._rows: list[NDArray[np.float64]] = [np.zeros(n_cells)]

    def place(self, cell: int, force_n: float, t_s: float) -> None:
        """Let a force lie on a cell from a time on, in place of what lay there.

        Parameters
        ----------
        cell : int
        force_n : float
            0 takes it off.
        t_s : float
            After when, on the clock of `cells_n`; not before the last change.
        """
        row = self._rows[-1].copy()
        row[cell] = force_n
        self._since_s.append(t_s)
        self._rows.append(row)

    def cells_n(self, t_s: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Give what lies on the cells.

        Parameters
        ----------
        t_s : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n, n_cells), or None
            None while nothing was ever put on.
        """
        if len(self._rows) == 1:
            return None
        at = np.searchsorted(self._since_s, t_s, side="left") - 1
        return np.array(self._rows)[at]
