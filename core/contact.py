"""Which zones are touched, with hysteresis so that a light touch does not flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.carry import Carry

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Contact:
    """Contact begins at a force and ends below half of it (DESIGN section 2).

    Parameters
    ----------
    n_zones : int
    """

    def __init__(self, n_zones: int) -> None:
        self._last = np.zeros(n_zones, bool)

    def feed(self, value_cn: NDArray[np.int64], contact_cn: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each frame which zones are in contact.

        Parameters
        ----------
        value_cn : ndarray of int64, shape (n_frames, n_zones)
        contact_cn : ndarray of int64, shape (n_zones,) or (n_frames, n_zones)
            Force from which a zone is in contact, 0.01 N: 2 kPa, more where zero is uncertain.

        Returns
        -------
        ndarray of bool, shape (n_frames, n_zones)
        """
        on = value_cn >= contact_cn
        decided = on | (2 * value_cn < contact_cn)
        if np.count_nonzero(decided) < decided.size:
            on = Carry(decided).of(on, self._last)
        self._last = on[-1]
        return on
