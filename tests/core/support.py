"""What several core tests need: a small mat, forces from kPa, an engine fed with a plain list."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from core.calibration import Calibration, CalibrationSpec, CellCalibration, fit_to
from core.engine import Engine
from core.frames import ForceFrames
from core.layout import MatLayout, parse_layout
from core.profiles import Profile
from tests.core.reference import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.rules import AlarmEvent

S = 1_000_000

SQUARE = "[[{0}, {1}], [{2}, {1}], [{2}, {3}], [{0}, {3}]]"

PLATES = (
    ("l_toes", "left", "Toes", 36.0, 1.0, 4.5),
    ("l_heel", "left", "Ball, inner", 17.3, 0.7, 2.1),
    ("r_heel", "right", "Heel, outer", 20.0, 1.0, 2.2),
)
"""Zone, foot, name, area_cm2, contact_fraction, peak_ratio."""


def small_toml(cells: Sequence[str] = ("l_toes", "l_heel", "r_heel")) -> str:
    """Write a layout of three zones, 80 mm square, with the cells that are asked for."""
    text = 'id = "small"\nname = "Small"\nfoot_mm = [260, 98]\nmax_load_n = 1000\n'
    text += "scale_areas = false\n"
    for index, (zone, foot, name, area, fraction, ratio) in enumerate(PLATES):
        x = -130.0 if foot == "left" else 30.0
        y = 200.0 - 100.0 * index
        text += f'[[zone]]\nid = "{zone}"\nfoot = "{foot}"\nname = "{name}"\nanatomy = "part"\n'
        text += f"area_cm2 = {area}\ncontact_fraction = {fraction}\npeak_ratio = {ratio}\n"
        text += f"polygon_mm = {SQUARE.format(x, y, x + 80, y + 80)}\n"
    for zone in cells:
        text += f'[[cell]]\nzone = "{zone}"\ncapacity_n = 490\n'
    return text


def small_layout(cells: Sequence[str] = ("l_toes", "l_heel", "r_heel")) -> MatLayout:
    return parse_layout(small_toml(cells), "small.toml")


def calibrated(layout: MatLayout, slopes: Sequence[float], zero: float = 1000.0) -> Calibration:
    cells = tuple(CellCalibration(zero + 10 * at, slope) for at, slope in enumerate(slopes))
    return fit_to(CalibrationSpec(layout.hash, "2026-01-01", cells), layout)


def limits_of(engine: Engine) -> list[Limits]:
    """Limits for the reference, by the formula of the text, not by core's."""
    rows = []
    for zone in engine.layout.spec.zone:
        area = zone.area_cm2
        assert area is not None
        scale = 10.0 / (area * zone.contact_fraction) * zone.peak_ratio
        cn = [
            int(kpa * area * zone.contact_fraction * 10.0 / zone.peak_ratio)
            for kpa in (150.0, 200.0, 400.0)
        ]
        rows.append(Limits(cn[0], cn[1], cn[2], -int(-2.0 * area * 10.0 // 1), scale))
    return rows


def new_engine(layout: MatLayout | None = None, profile: Profile | None = None) -> Engine:
    return Engine(layout or small_layout(), profile or Profile())


def force_frames(
    t_us: Sequence[int],
    force_cn: Sequence[Sequence[int]],
    valid: Sequence[Sequence[bool]] | None = None,
    first_seq: int = 0,
) -> ForceFrames:
    force = np.array(force_cn, np.int64)
    good = np.ones(force.shape, bool) if valid is None else np.array(valid, bool)
    seq = np.arange(first_seq, first_seq + len(force))
    return ForceFrames(seq, np.array(t_us, np.int64), force, good)


def cut(frames: ForceFrames, at: Sequence[int]) -> list[ForceFrames]:
    """Cut a batch before the frames of these numbers."""
    places = [0, *sorted(set(at) - {0, len(frames)}), len(frames)]
    return [frames[a:b] for a, b in itertools.pairwise(places)]


def grave(events: Sequence[AlarmEvent]) -> list[AlarmEvent]:
    """Leave out what is only advice."""
    return [event for event in events if event.rule != "advisory"]


def named(events: Sequence[AlarmEvent], zone: int | None = None) -> list[tuple[float, str, str]]:
    """Give time in s, rule and state of events, of one zone or of all."""
    return [(e.t_us / S, e.rule, e.state) for e in events if zone in (None, e.zone)]
