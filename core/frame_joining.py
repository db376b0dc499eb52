"""Batches of frames as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.frames import CellFrames

if TYPE_CHECKING:
    from collections.abc import Iterable


def joined(parts: Iterable[CellFrames]) -> CellFrames:
    """Join batches of frames of one bank, oldest first.

    Parameters
    ----------
    parts : iterable of CellFrames
        At least one.

    Raises
    ------
    ValueError
        If there is none.
    """
    batches = list(parts)
    return CellFrames(
        np.concatenate([batch.seq for batch in batches]),
        np.concatenate([batch.t_s for batch in batches]),
        np.concatenate([batch.counts for batch in batches]),
        np.concatenate([batch.status for batch in batches]),
        np.concatenate([batch.age_s for batch in batches]),
        np.concatenate([batch.lost for batch in batches]),
    )
