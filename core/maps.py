"""The pressure map: an operator from zones to a grid over each foot, worked out once a layout.

A load cell knows one number for its zone; what is drawn between zones is made up. The map shows
each zone's own value at its peak and falls off around it. Grid, formula and figures: DESIGN
section 9 and `docs/protocol.md`; a frame is then one small matrix product.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from core.geometry import edge_distance_mm, inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from core.wire import ZoneInfo

ROWS, COLUMNS = 64, 24
"""Grid of a foot: rows from heel to toes, columns from the medial edge."""

MARGIN_MM = 6.0
"""The grid is wider than the foot by this on each side, so that the outline lies inside it."""

FULL = 0xFFFF
"""Weight 1 in the packed map."""


@dataclass(frozen=True)
class _Surface:
    """How the map behaves on the sole and on the toes: reach in mm, fall towards the edge."""

    reach_mm: tuple[float, float]
    edge_share: float
    edge_mm: float


_SOLE = _Surface((17.0, 21.0), 0.34, 19.0)
_TOES = _Surface((7.0, 9.0), 0.55, 6.0)
_SHARPNESS = 0.01
"""Keeps the weight at the peak itself finite; the smaller, the more a zone rules its own peak."""


@dataclass(frozen=True)
class FootMap:
    """The operator of one foot.

    Attributes
    ----------
    zone_index : ndarray of int64, shape (n,)
        Which zones of the layout these are.
    weights : ndarray of float64, shape (ROWS, COLUMNS, n)
        Not negative; each point's sum is at most 1; zero outside the outline.
    """

    zone_index: NDArray[np.int64]
    weights: NDArray[np.float64]

    def field(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw zone values.

        Parameters
        ----------
        share : ndarray of float64, shape (..., n_zones of the layout)
            Share of each zone's own limit.

        Returns
        -------
        ndarray of float64, shape (..., ROWS, COLUMNS)
        """
        flat = share[..., self.zone_index] @ self.weights.reshape(ROWS * COLUMNS, -1).T
        return flat.reshape(*share.shape[:-1], ROWS, COLUMNS)


@cache
def outline() -> dict[str, tuple[tuple[float, float], ...]]:
    """Outlines of the sole and of each toe, foot fractions (x medial to lateral, y heel to toe)."""
    foot = json.loads(resources.files("core").joinpath("foot.json").read_text("utf-8"))
    parts = {"sole": foot["sole"], **foot["toes"]}
    return {name: tuple((x, y) for x, y in points) for name, points in parts.items()}


def grid_mm(foot_mm: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of the grid's points in the foot frame, two arrays (ROWS, COLUMNS) of mm."""
    length, width = foot_mm
    y = (np.arange(ROWS) + 0.5) * (length + 2 * MARGIN_MM) / ROWS - MARGIN_MM
    x = (np.arange(COLUMNS) + 0.5) * (width + 2 * MARGIN_MM) / COLUMNS - MARGIN_MM
    across, along = np.meshgrid(x, y)
    return across, along


def map_operator(zones: Sequence[ZoneInfo], foot_mm: tuple[float, float]) -> dict[str, FootMap]:
    """Work out the operator of a layout.

    Parameters
    ----------
    zones : sequence of ZoneInfo
        As in `info`; peaks in foot fractions.
    foot_mm : tuple of float
        Length and width of the layout's foot.

    Returns
    -------
    dict of str to FootMap
        `left` and `right`.
    """
    return {foot: _foot_map(zones, foot, foot_mm) for foot in ("left", "right")}


def encode_map(zones: Sequence[ZoneInfo], foot_mm: tuple[float, float]) -> bytes:
    """Pack the operator of a layout as `map.bin` (docs/protocol.md)."""
    return b"".join(_packed(foot) for foot in map_operator(zones, foot_mm).values())


def _packed(foot: FootMap) -> bytes:
    n_zones = len(foot.zone_index)
    index = foot.zone_index.astype("<u2").tobytes()
    padding = b"\0" * (-len(index) % 4)
    # Rounded down, so that a point's weights never add up to more than 1.
    weights = np.floor(foot.weights * FULL).astype("<u2").tobytes()
    return struct.pack("<HHHH", ROWS, COLUMNS, n_zones, 0) + index + padding + weights


def _foot_map(zones: Sequence[ZoneInfo], foot: str, foot_mm: tuple[float, float]) -> FootMap:
    index = np.array([i for i, zone in enumerate(zones) if zone.foot == foot], np.int64)
    weights = np.zeros((ROWS, COLUMNS, len(index)))
    length, width = foot_mm
    parts = {n: [(x * width, y * length) for x, y in p] for n, p in outline().items()}
    is_toe, edge = _surface(parts, foot_mm)
    peaks = [
        (column, _nearest((x * width, y * length), foot_mm), share)
        for column, zone in enumerate(zones[i] for i in index)
        for x, y, share in zone.peaks
    ]
    for surface, here in ((_TOES, is_toe), (_SOLE, ~is_toe)):
        use = [peak for peak in peaks if here[peak[1]]]
        if use:
            _spread(weights, here, edge, use, _pull(surface, use, foot_mm))
    total = weights.sum(axis=2, keepdims=True)
    return FootMap(index, weights / np.maximum(total, 1.0))


Peak = tuple[int, tuple[int, int], float]


def _spread(
    weights: NDArray[np.float64],
    here: NDArray[np.bool_],
    edge: NDArray[np.float64],
    peaks: list[Peak],
    pull: NDArray[np.float64],
) -> None:
    """Add the weights of peaks on one surface, each exact at its own point of the grid."""
    part = pull / pull.sum(axis=2, keepdims=True)
    for at, (column, point, share) in enumerate(peaks):
        gain = share / max(edge[point], 1e-9)
        weights[here, column] += (part[:, :, at] * gain * edge)[here]


def _pull(
    surface: _Surface, peaks: list[Peak], foot_mm: tuple[float, float]
) -> NDArray[np.float64]:
    """How strongly each peak draws each point, shape (ROWS, COLUMNS, n_peaks)."""
    x, y = grid_mm(foot_mm)
    across, along = surface.reach_mm
    pulls = []
    for _, point, _ in peaks:
        u = ((x - x[point]) / across) ** 2 + ((y - y[point]) / along) ** 2
        # The floor keeps far points from dividing nothing by nothing.
        pulls.append((np.exp(-u / 2) + 1e-9) / (u + _SHARPNESS))
    return np.stack(pulls, axis=2)


def _surface(
    parts: dict[str, list[tuple[float, float]]], foot_mm: tuple[float, float]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which points belong to toes, and how much of the pressure is left towards the outline."""
    x, y = grid_mm(foot_mm)
    depth = {
        name: edge_distance_mm(part, x, y) * np.where(inside(part, x, y), 1.0, -1.0)
        for name, part in parts.items()
    }
    toes = np.max([d for name, d in depth.items() if name != "sole"], axis=0)
    is_toe = toes > depth["sole"]
    fall = np.where(is_toe, _fall(toes, _TOES), _fall(depth["sole"], _SOLE))
    return is_toe, np.where(np.maximum(toes, depth["sole"]) > 0, fall, 0.0)


def _fall(depth_mm: NDArray[np.float64], surface: _Surface) -> NDArray[np.float64]:
    t = np.clip(depth_mm / surface.edge_mm, 0.0, 1.0)
    smooth: NDArray[np.float64] = t * t * (3.0 - 2.0 * t)
    return surface.edge_share + (1.0 - surface.edge_share) * smooth


def _nearest(point_mm: tuple[float, float], foot_mm: tuple[float, float]) -> tuple[int, int]:
    """Grid point nearest to a place."""
    x, y = grid_mm(foot_mm)
    at = int(np.argmin((x - point_mm[0]) ** 2 + (y - point_mm[1]) ** 2))
    return at // COLUMNS, at % COLUMNS
