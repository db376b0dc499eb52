"""The layout that frames were measured on: a shipped one, or as the mat told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.layout import SHIPPED, MatLayout, load_layout
from core.layout_spec import CellSpec, LayoutSpec, ZoneSpec

if TYPE_CHECKING:
    from core.wire import LayoutInfo, ZoneInfo

_CAPACITY_N = 100_000.0
"""Of cells that nobody knows: no force is beyond it."""


def layout_by_hash(layout_hash: str, told: LayoutInfo | None) -> MatLayout | None:
    """Find a layout.

    Parameters
    ----------
    layout_hash : str
    told : LayoutInfo or None
        As the mat told of it, with the areas of the person on it.

    Returns
    -------
    MatLayout or None
        None: nobody knows it.
    """
    for name in SHIPPED:
        layout = load_layout(name)
        if layout.hash == layout_hash:
            return layout
    return _as_told(told) if told else None


def _as_told(told: LayoutInfo) -> MatLayout:
    # Where the cells of a zone stand is not told: its force acts at its centroid.
    return MatLayout(
        LayoutSpec(
            id="told",
            name=told.name,
            foot_mm=told.foot_mm,
            max_load_n=_CAPACITY_N,
            zone=tuple(_zone(zone) for zone in told.zones),
            cell=tuple(CellSpec(zone.id, _CAPACITY_N) for zone in told.zones),
            scale_areas=False,
        )
    )


def _zone(zone: ZoneInfo) -> ZoneSpec:
    return ZoneSpec(
        id=zone.id,
        foot=zone.foot,
        anatomy=zone.anatomy,
        polygon_mm=zone.polygon_mm,
        # The share of the plate that touches is within this ratio: only their quotient counts.
        peak_ratio=zone.peak_kpa_per_n / zone.mean_kpa_per_n,
        name=zone.name,
        # As core.units.kpa_per_n has it.
        area_cm2=10.0 / zone.mean_kpa_per_n,
    )
