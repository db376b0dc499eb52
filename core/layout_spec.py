"""What a layout file may hold, and within which bounds. Lengths in mm in the mat frame."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

# Bounds that no mat passes, but a slip of the decimal point, nan and inf do.
Area = Annotated[float, msgspec.Meta(gt=0, le=1_000)]
FootSize = Annotated[float, msgspec.Meta(gt=50, lt=400)]
Load = Annotated[float, msgspec.Meta(gt=0, le=100_000)]
Ratio = Annotated[float, msgspec.Meta(ge=1, le=20)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Fraction = Annotated[float, msgspec.Meta(ge=-1, le=2)]
Place = Annotated[float, msgspec.Meta(ge=-2_000, le=2_000)]
Point = tuple[Place, Place]


class ZoneSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[zone]]`: a plate area under part of a foot. Fields as in docs/layouts.md."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,32}\Z")]
    foot: Literal["left", "right"]
    anatomy: str
    polygon_mm: Annotated[tuple[Point, ...], msgspec.Meta(min_length=3)]
    peak_ratio: Ratio
    name: str = ""
    reflex: tuple[str, ...] = ()
    area_cm2: Area | None = None
    contact_fraction: Share = 1.0
    peaks: tuple[tuple[Fraction, Fraction, Share], ...] = ()
    label_mm: Point | None = None


class CellSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[cell]]`: a load cell with its converter; without pins it can only be played."""

    zone: str
    capacity_n: Load
    dout: int | None = None
    sck: int | None = None
    at_mm: Point | None = None


class LayoutSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file, as written."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,32}\Z")]
    name: str
    foot_mm: tuple[FootSize, FootSize]
    max_load_n: Load
    zone: Annotated[tuple[ZoneSpec, ...], msgspec.Meta(min_length=1, max_length=64)]
    cell: Annotated[tuple[CellSpec, ...], msgspec.Meta(min_length=1, max_length=64)]
    scale_areas: bool = True
    indicators: bool = True
