"""The pressure map: an operator from zones to a grid over each foot, worked out once a layout.

A load cell knows one number for its zone; what is drawn between zones is made up. The map shows
each zone's own value at its peak, falls towards the outline, and is nowhere above the highest zone
nearby. Grid, formula and figures: docs/maps.md; a frame is then one small matrix product.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import LayoutError
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

MAX_BYTES = 100 * 1024
"""Of the packed map of a layout: 16 zones a foot, 33 in all."""


@dataclass(frozen=True)
class _Surface:
    """How the map behaves on the sole and on the toes: reach in mm, fall towards the edge."""

    reach_mm: tuple[float, float]
    edge_share: float
    edge_mm: float


_SOLE = _Surface((17.0, 21.0), 0.34, 19.0)
_TOES = _Surface((7.0, 9.0), 0.55, 6.0)
_SHARPNESS = 1e-4
"""Keeps the pull at the peak itself finite; so small that a zone rules its own point of the grid
alone, with peaks of other zones at the very next point."""

_NEARBY = 0.1
"""Zones that pull less than this share of the strongest are not nearby, and add nothing."""


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

    Raises
    ------
    LayoutError
        If the foot has no size.
    """
    return {foot: _foot_map(zones, foot, foot_mm) for foot in ("left", "right")}


def encode_map(zones: Sequence[ZoneInfo], foot_mm: tuple[float, float]) -> bytes:
    """Pack the operator of a layout as `map.bin` (docs/protocol.md).

    Raises
    ------
    LayoutError
        If the foot has no size, or the map would be longer than `MAX_BYTES`.
    """
    packed = b"".join(_packed(foot) for foot in map_operator(zones, foot_mm).values())
    if len(packed) > MAX_BYTES:
        raise LayoutError(f"{len(zones)} zones: their map has {len(packed)} bytes, not {MAX_BYTES}")
    return packed


def _packed(foot: FootMap) -> bytes:
    n_zones = len(foot.zone_index)
    index = foot.zone_index.astype("<u2").tobytes()
    padding = b"\0" * (-len(index) % 4)
    # Rounded down, so that a point's weights never add up to more than 1.
    weights = np.floor(foot.weights * FULL).astype("<u2").tobytes()
    return struct.pack("<HHHH", ROWS, COLUMNS, n_zones, 0) + index + padding + weights


@dataclass(frozen=True)
class _Ground:
    """The grid over a foot; `edge` is what the outline leaves of a pressure, 0 outside it."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    is_toe: NDArray[np.bool_]
    edge: NDArray[np.float64]


class _Peak(NamedTuple):
    """A peak of the map: column of its zone in the weights, point of the grid, share."""

    column: int
    point: tuple[int, int]
    share: float


def _foot_map(zones: Sequence[ZoneInfo], foot: str, foot_mm: tuple[float, float]) -> FootMap:
    index = np.array([i for i, zone in enumerate(zones) if zone.foot == foot], np.int64)
    weights = np.zeros((ROWS, COLUMNS, len(index)))
    ground = _ground(foot_mm)
    peaks = _peaks([zones[i] for i in index], ground, foot_mm)
    for surface, here in ((_TOES, ground.is_toe), (_SOLE, ~ground.is_toe)):
        use = [peak for peak in peaks if here[peak.point]]
        if use:
            _spread(weights, here, ground.edge, use, _parts(surface, use, ground))
    total = weights.sum(axis=2, keepdims=True)
    return FootMap(index, weights / np.maximum(total, 1.0))


def _peaks(zones: Sequence[ZoneInfo], ground: _Ground, foot_mm: tuple[float, float]) -> list[_Peak]:
    """Find the point of each peak; of several of one zone at one point the highest counts."""
    length, width = foot_mm
    found: dict[tuple[int, tuple[int, int]], float] = {}
    for column, zone in enumerate(zones):
        for x, y, share in zone.peaks:
            key = column, _nearest((x * width, y * length), ground, foot_mm)
            found[key] = max(found.get(key, 0.0), min(share, 1.0))
    return [_Peak(column, point, share) for (column, point), share in found.items()]


def _spread(
    weights: NDArray[np.float64],
    here: NDArray[np.bool_],
    edge: NDArray[np.float64],
    peaks: list[_Peak],
    parts: NDArray[np.float64],
) -> None:
    """Add the weights of peaks on one surface, each exact at its own point of the grid."""
    for at, (column, point, share) in enumerate(peaks):
        gain = share / edge[point]
        weights[here, column] += (parts[:, :, at] * gain * edge)[here]


def _parts(surface: _Surface, peaks: list[_Peak], ground: _Ground) -> NDArray[np.float64]:
    """How much of each point each peak has, shape (ROWS, COLUMNS, n_peaks), sum 1.

    The pull is `exp(-u / 2) / u`, u the squared distance over the reach; in logarithms, so that
    points far from every peak are not nothing over nothing.
    """
    across, along = surface.reach_mm
    u = np.stack(
        [
            ((ground.x - ground.x[peak.point]) / across) ** 2
            + ((ground.y - ground.y[peak.point]) / along) ** 2
            for peak in peaks
        ],
        axis=2,
    )
    log_pull = -u / 2 - np.log(u + _SHARPNESS)
    pull = np.exp(log_pull - log_pull.max(axis=2, keepdims=True))
    nearby = np.maximum(pull - _NEARBY, 0.0)
    parts: NDArray[np.float64] = nearby / nearby.sum(axis=2, keepdims=True)
    return parts


@lru_cache(maxsize=4)
def _ground(foot_mm: tuple[float, float]) -> _Ground:
    """Lay the grid over a foot."""
    x, y = grid_mm(foot_mm)
    length, width = foot_mm
    depth = {
        name: _depth_mm([(across * width, along * length) for across, along in part], x, y)
        for name, part in outline().items()
    }
    toes = np.max([d for name, d in depth.items() if name != "sole"], axis=0)
    is_toe = toes > depth["sole"]
    fall = np.where(is_toe, _fall(toes, _TOES), _fall(depth["sole"], _SOLE))
    return _Ground(x, y, is_toe, np.where(np.maximum(toes, depth["sole"]) > 0, fall, 0.0))


def _depth_mm(
    part_mm: Sequence[tuple[float, float]], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of places inside an outline from its edge, negative outside."""
    return edge_distance_mm(part_mm, x, y) * np.where(inside(part_mm, x, y), 1.0, -1.0)


def _fall(depth_mm: NDArray[np.float64], surface: _Surface) -> NDArray[np.float64]:
    t = np.clip(depth_mm / surface.edge_mm, 0.0, 1.0)
    smooth: NDArray[np.float64] = t * t * (3.0 - 2.0 * t)
    return surface.edge_share + (1.0 - surface.edge_share) * smooth


def _nearest(
    place_mm: tuple[float, float], ground: _Ground, foot_mm: tuple[float, float]
) -> tuple[int, int]:
    """Find the point of the grid for a peak: the nearest inside the outline."""
    if not ground.edge.any():
        raise LayoutError(f"a foot of {foot_mm[0]:g} x {foot_mm[1]:g} mm is too small for a map")
    away = (ground.x - place_mm[0]) ** 2 + (ground.y - place_mm[1]) ** 2
    at = int(np.argmin(np.where(ground.edge > 0, away, np.inf)))
    return at // COLUMNS, at % COLUMNS
