"""A trace of points, kept in blocks of one length however it comes in.

Sums over these blocks are added in the same order whatever batches the points came in, so a figure
is the same bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK = 4096
"""Points in a block: a figure needs room for a few of them, not for the whole trace again."""


class Block(NamedTuple):
    """Some points of a trace.

    Attributes
    ----------
    points_mm : ndarray of float64, shape (n, 2)
        NaN where undefined.
    joined : ndarray of bool, shape (n,)
        Whether no gap in time lies between a point and the one before.
    """

    points_mm: NDArray[np.float64]
    joined: NDArray[np.bool_]


class Trace:
    """Points in order; iterating gives them in blocks of `BLOCK`, the last one shorter."""

    def __init__(self) -> None:
        self._full: list[Block] = []
        self._begin_block()

    def add(self, points_mm: NDArray[np.float64], joined: NDArray[np.bool_]) -> None:
        """Take the next points.

        Parameters
        ----------
        points_mm : ndarray of float64, shape (n, 2)
        joined : ndarray of bool, shape (n,)
        """
        while len(joined):
            n = min(BLOCK - self._used, len(joined))
            part = slice(self._used, self._used + n)
            self._open.points_mm[part], self._open.joined[part] = points_mm[:n], joined[:n]
            self._used += n
            if self._used == BLOCK:
                self._full.append(self._open)
                self._begin_block()
            points_mm, joined = points_mm[n:], joined[n:]

    def __iter__(self) -> Iterator[Block]:
        yield from self._full
        if self._used:
            yield Block(self._open.points_mm[: self._used], self._open.joined[: self._used])

    def _begin_block(self) -> None:
        self._open = Block(np.empty((BLOCK, 2)), np.empty(BLOCK, bool))
        self._used = 0
