"""The table of DESIGN section 6 as numbers for the reference, worked out by a formula of its own.

Nothing here is shared with core: a person is written down in plain tuples, and `tests` makes the
profile for core from the same tuples.
"""

from __future__ import annotations

import math
from typing import NamedTuple

S = 1_000_000

CONTACT_KPA = 2.0
SUSTAINED_KPA = 4.67
EXCLUDED_KPA = 4.67
GRAVITY = 9.80665
SMALL_FOOT_MM = (230.0, 87.0)
UNKNOWN_WEIGHT_CN = 30_000

KPA = ("advisory", "warning", "limit", "ceiling")


class Plate(NamedTuple):
    """A zone as the layout has it."""

    area_cm2: float
    contact_fraction: float
    peak_ratio: float
    right: bool


class Person(NamedTuple):
    """Whose limits hold, by number of the zone."""

    classes: tuple[int, ...]
    foot_mm: tuple[float, float] | None = None
    seated: bool = True
    body_mass_kg: float | None = None
    edits: tuple[tuple[int, tuple[tuple[str, float], ...]], ...] = ()
    """Zone, and what a clinician wrote: figures by name, such as `limit_kpa` or `limit_s`."""
    caps_kpa: tuple[tuple[int, float], ...] = ()


class Bounds(NamedTuple):
    """What holds for one zone. A class 3 zone has no `kpa`, `cn` and `persistence_us` at all."""

    skin_class: int
    kpa: dict[str, float]
    cn: dict[str, int]
    persistence_us: dict[str, int]
    excluded_cn: int
    sustained_cn: int
    contact_cn: int
    peak_kpa_per_n: float
    mean_kpa_per_n: float


TABLE: dict[int, dict[str, float]] = {
    0: {"advisory_kpa": 150.0, "warning_kpa": 200.0, "warning_s": 5.0,
        "limit_kpa": 400.0, "limit_s": 0.5, "ceiling_kpa": 600.0},
    1: {"advisory_kpa": 100.0, "warning_kpa": 150.0, "warning_s": 2.0,
        "limit_kpa": 200.0, "limit_s": 1.0, "ceiling_kpa": 400.0},
    2: {"advisory_kpa": 50.0, "warning_kpa": 75.0, "warning_s": 1.0,
        "limit_kpa": 100.0, "limit_s": 0.5, "ceiling_kpa": 200.0},
}  # fmt: skip


def row_of(person: Person, zone: int) -> dict[str, float]:
    """Figures that hold for a zone: its class, what a clinician wrote, and a cap if stricter."""
    if person.classes[zone] == 3:
        return {}
    row = dict(TABLE[person.classes[zone]])
    for at, edit in person.edits:
        if at == zone:
            row.update(edit)
            # An edited row may not wait longer than class 0 does.
            row["warning_s"] = min(row["warning_s"], 5.0)
            row["limit_s"] = min(row["limit_s"], 0.5)
    for at, cap_kpa in person.caps_kpa:
        if at == zone:
            for name, figure in TABLE[1].items():
                scaled = figure * cap_kpa / 200.0 if name.endswith("_kpa") else figure
                row[name] = min(row[name], scaled)
    return row


def share_of(person: Person, layout_foot_mm: tuple[float, float]) -> float:
    """Share of the layout's areas that a person's foot has."""
    length_mm, width_mm = person.foot_mm or SMALL_FOOT_MM
    return min(1.0, (length_mm * width_mm) / (layout_foot_mm[0] * layout_foot_mm[1]))


def bounds_of(
    plate: Plate, person: Person, zone: int, layout_foot_mm: tuple[float, float]
) -> Bounds:
    """Numbers that the rules compare, for one zone of one person."""
    return strictest_of(plate, (person,), zone, layout_foot_mm)


def strictest_of(
    plate: Plate, persons: tuple[Person, ...], zone: int, layout_foot_mm: tuple[float, float]
) -> Bounds:
    """Numbers that hold while nobody knows which of several persons is on the mat."""
    area_cm2 = plate.area_cm2 * min(share_of(person, layout_foot_mm) for person in persons)

    def peak_cn(kpa: float) -> int:
        return math.floor(kpa * area_cm2 * plate.contact_fraction * 10 / plate.peak_ratio)

    rows = [row_of(person, zone) for person in persons]
    # One whose zone is excluded has no row: then nobody has.
    row = {name: min(each[name] for each in rows) for name in rows[0]} if all(rows) else {}
    kpa = {name: row[f"{name}_kpa"] for name in KPA if row}
    seconds = {name: row[f"{name}_s"] for name in ("warning", "limit") if row}
    return Bounds(
        skin_class=max(person.classes[zone] for person in persons),
        kpa=kpa,
        cn={name: peak_cn(figure) for name, figure in kpa.items()},
        persistence_us={name: round(figure * S) for name, figure in seconds.items()},
        excluded_cn=peak_cn(EXCLUDED_KPA),
        sustained_cn=math.floor(SUSTAINED_KPA * area_cm2 * 10),
        contact_cn=math.ceil(CONTACT_KPA * area_cm2 * 10),
        peak_kpa_per_n=10 / (area_cm2 * plate.contact_fraction) * plate.peak_ratio,
        mean_kpa_per_n=10 / area_cm2,
    )


def weight_cn(person: Person) -> int | None:
    """Weight of the body in 0.01 N, if it is known."""
    if person.body_mass_kg is None:
        return None
    return math.floor(person.body_mass_kg * GRAVITY * 100)


def seated_cn(person: Person) -> int:
    """Total above which somebody who should sit is taken to stand."""
    if person.body_mass_kg is None:
        return UNKNOWN_WEIGHT_CN
    return math.floor(0.45 * person.body_mass_kg * GRAVITY * 100)
