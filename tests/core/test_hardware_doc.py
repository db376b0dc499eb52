"""The figures of docs/hardware.md that follow from the layouts, and from recordings, hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core.layout import MatLayout, load_layout
from core.pressure import PressureScale

GUIDE = (Path(__file__).parents[2] / "docs" / "hardware.md").read_text("utf-8")
TOP_KPA = 400.0
PARTS = {
    "Toes": ("toes",),
    "Ball": ("mth1", "mth23", "mth45"),
    "Arch": ("arch_med", "arch_lat"),
    "Heel": ("heel_med", "heel_lat"),
}
"""Zones of a recording under each plate of the small mat."""


def rows_of(name: str) -> dict[str, tuple[str, ...]]:
    found = re.findall(rf"^\| `{name}` \| (\w[^|]*) \|(.*)\|$", GUIDE, re.MULTILINE)
    return {zone: tuple(c.strip(" *") for c in cells.split("|")) for zone, cells in found}


def left_zones(layout: MatLayout) -> list[int]:
    return [index for index, zone in enumerate(layout.spec.zone) if zone.foot == "left"]


@pytest.mark.parametrize("name", ["starter8", "full16"])
def test_plates_capacities_stops_and_limits(name: str) -> None:
    layout, rows = load_layout(name), rows_of(name)
    capacity_n = np.bincount(layout.cell_zone, layout.capacity_n)
    scale = PressureScale.of(layout, layout.spec.foot_mm)
    top_n = scale.peak_cn(np.full(len(layout.zone_ids), TOP_KPA)) / 100.0
    assert set(rows) == {layout.spec.zone[at].name for at in left_zones(layout)}
    for at in left_zones(layout):
        zone = layout.spec.zone[at]
        across, along = np.ptp(np.array(zone.polygon_mm), axis=0)
        plate, carried, stop, _, limit = rows[zone.name]
        assert plate == f"{across:.0f} × {along:.0f}"
        assert carried == f"{capacity_n[at]:g} N"
        assert stop == f"{layout.spec.max_load_n - capacity_n[at]:g} N"
        assert float(limit.removesuffix(" N")) == pytest.approx(top_n[at], abs=0.6)
        assert ("**" in GUIDE.split(f"| `{name}` | {zone.name} |")[1].splitlines()[0]) == (
            top_n[at] > capacity_n[at]
        )


def walking(shared_data: Path) -> dict[str, dict[str, np.ndarray]]:
    recordings = {}
    for pace in ("slow", "normal", "fast"):
        text = (shared_data / "feet" / f"walk_{pace}.csv").read_text("utf-8").splitlines()
        head, *rows = [line for line in text if not line.startswith("#")]
        values = np.array([[float(v or "nan") for v in row.split(",")] for row in rows])
        names = [column.removesuffix("_n") for column in head.split(",")]
        recordings[pace] = dict(zip(names, values.T, strict=True))
    return recordings


def highest(recording: dict[str, np.ndarray], parts: tuple[str, ...]) -> float:
    return max(float(np.nanmax(sum(recording[f"{s}_{p}"] for p in parts))) for s in "lr")


def test_forces_of_people_walking(shared_data: Path) -> None:
    recordings = walking(shared_data)
    ids = [zone.id.removeprefix("l_") for zone in load_layout("full16").spec.zone[:8]]
    shown = dict(zip(rows_of("full16"), ids, strict=True))
    for name, parts_of in (
        ("starter8", PARTS),
        ("full16", {zone: (part,) for zone, part in shown.items()}),
    ):
        for zone, row in rows_of(name).items():
            most_n = max(highest(recording, parts_of[zone]) for recording in recordings.values())
            assert float(row[3].removesuffix(" N")) == pytest.approx(most_n, abs=0.6), (name, zone)
    heel = [
        float(np.nanmax(recordings[pace][f"{s}_heel_med"] + recordings[pace][f"{s}_heel_lat"]))
        for pace in ("slow", "normal")
        for s in "lr"
    ]
    assert (round(min(heel), -1), round(max(heel), -1)) == (620, 680)
