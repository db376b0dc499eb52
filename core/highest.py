"""The highest value of each rule on each zone since it was raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.rules import RULES

if TYPE_CHECKING:
    from core.windows import Batch

_NONE = np.iinfo(np.int64).min
_IS_LOAD = np.array([rule.of == "load" for rule in RULES])[:, None]


class Highest:
    """Forces in 0.01 N, loads in 0.01 %.

    Parameters
    ----------
    n_zones : int
    """

    def __init__(self, n_zones: int) -> None:
        self._top = np.full((len(RULES), n_zones), _NONE)

    def follow(self, batch: Batch) -> None:
        """Take the highest of a batch."""
        values, loads = batch.value_cn, batch.load_bp
        if len(values) > 1:
            values, loads = values.max(axis=0, keepdims=True), loads.max(axis=0, keepdims=True)
        np.maximum(self._top, np.where(_IS_LOAD, loads, values), out=self._top)

    def begin(self, rule: int, zone: int, batch: Batch, frame: int) -> None:
        """Begin at a frame of the batch that was followed last."""
        values = batch.load_bp if RULES[rule].of == "load" else batch.value_cn
        self._top[rule, zone] = values[frame:, zone].max()

    def forget(self, rule: int, zone: int) -> None:
        """Begin with the next frame."""
        self._top[rule, zone] = _NONE

    def get(self, rule: int, zone: int) -> int | None:
        """Return the highest; None before the first frame."""
        top = int(self._top[rule, zone])
        return None if top == _NONE else top
