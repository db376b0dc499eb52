"""The newest good value of each column at each frame, also from before a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Carry:
    """Where the newest good row of a batch is, seen from each of its frames.

    Parameters
    ----------
    good : ndarray of bool, shape (n_frames, n_columns)
    """

    def __init__(self, good: NDArray[np.bool_]) -> None:
        self._good = good
        self._at: NDArray[np.int64] | None = None
        # One frame at a time is how a live mat comes: there is nothing to search then.
        if len(good) > 1:
            row = np.arange(len(good))[:, None]
            self._at = np.maximum.accumulate(np.where(good, row, -1), axis=0)
            self._good = self._at >= 0

    @property
    def had(self) -> NDArray[np.bool_]:
        """Shape (n_frames, n_columns): there was a good row in this batch so far."""
        return self._good

    def of(self, values: NDArray[Any], before: ArrayLike) -> NDArray[Any]:
        """Carry values on.

        Parameters
        ----------
        values : ndarray, shape (n_frames, n_columns)
        before : array_like, shape (n_columns,) or scalar
            What holds until the first good row.
        """
        if self._at is not None:
            values = values[self._at, np.arange(values.shape[1])]
        return np.where(self._good, values, before)
