"""The fault `zero_drift`: a zero is farther off than tracking may follow. Only a tare ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRIFT = "zero_drift"
"""Name of the rule."""


def drift_condition(
    drifted: NDArray[np.bool_], begun: Sequence[tuple[int, int]], n_frames: int
) -> dict[str, NDArray[np.bool_]]:
    """Where the fault holds in a batch.

    Parameters
    ----------
    drifted : ndarray of bool, shape (n_zones,)
        Where it holds after the batch.
    begun : sequence of (int, int)
        Frame and zone where it began in the batch.
    n_frames : int

    Returns
    -------
    dict of str to ndarray of bool, shape (n_frames, n_zones)
        Empty where nothing has drifted.
    """
    if not drifted.any():
        return {}
    holds = np.tile(drifted, (n_frames, 1))
    for frame, zone in begun:
        holds[:frame, zone] = False
    return {DRIFT: holds}
