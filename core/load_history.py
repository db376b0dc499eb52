"""The last 15 minutes of each zone, second by second: loaded or not.

It belongs to a person, across sessions and restarts; while nobody is chosen it is the mat's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SECONDS, SHORT_SECONDS = 900, 300
"""How far back the rules look."""


class LoadHistory:
    """Seconds of all zones, newest last.

    Parameters
    ----------
    loaded : ndarray of bool, shape (SECONDS, n_zones)
        Oldest first; seconds before the first count as not loaded.
    """

    def __init__(self, loaded: NDArray[np.bool_]) -> None:
        self._loaded = loaded.astype(np.int64)
        self._at = 0
        self._count_all()

    @classmethod
    def empty(cls, n_zones: int) -> LoadHistory:
        """Nothing was ever loaded."""
        return cls(np.zeros((SECONDS, n_zones), bool))

    @classmethod
    def unpacked(cls, kept: Mapping[str, bytes], zone_ids: Sequence[str]) -> LoadHistory:
        """Read what was kept; a zone that was not, or not whole, begins empty."""
        loaded = np.zeros((SECONDS, len(zone_ids)), bool)
        for zone, name in enumerate(zone_ids):
            bits = np.unpackbits(np.frombuffer(kept.get(name, b""), np.uint8))
            if len(bits) >= SECONDS:
                loaded[:, zone] = bits[:SECONDS]
        return cls(loaded)

    def packed(self, zone_ids: Sequence[str]) -> dict[str, bytes]:
        """Write it so that it can be kept."""
        columns = np.packbits(self.rows(), axis=0).T
        return {name: column.tobytes() for name, column in zip(zone_ids, columns, strict=True)}

    @property
    def long_count(self) -> NDArray[np.int64]:
        """Shape (n_zones,): loaded seconds of the last `SECONDS`."""
        return self._long

    @property
    def short_count(self) -> NDArray[np.int64]:
        """Shape (n_zones,): loaded seconds of the last `SHORT_SECONDS`."""
        return self._short

    def push(self, loaded: NDArray[np.bool_]) -> None:
        """Add a second, shape (n_zones,)."""
        # Counted as it goes: 15 minutes summed up once a second would delay that frame.
        self._long += loaded - self._loaded[self._at]
        self._short += loaded - self._loaded[self._at - SHORT_SECONDS]
        self._loaded[self._at] = loaded
        self._at = (self._at + 1) % SECONDS

    def empty_zones(self, zones: NDArray[np.bool_]) -> None:
        """Forget all that zones bore."""
        self._loaded[:, zones] = 0
        self._count_all()

    def rows(self) -> NDArray[np.bool_]:
        """Shape (SECONDS, n_zones): oldest first."""
        return np.roll(self._loaded, -self._at, axis=0).astype(bool)

    def worst(self, other: LoadHistory) -> LoadHistory:
        """Take for each zone whichever of two has more loaded seconds."""
        return LoadHistory(np.where(other.long_count > self._long, other.rows(), self.rows()))

    def _count_all(self) -> None:
        rows = self.rows()
        self._long: NDArray[np.int64] = rows.sum(axis=0, dtype=np.int64)
        self._short: NDArray[np.int64] = rows[-SHORT_SECONDS:].sum(axis=0, dtype=np.int64)
