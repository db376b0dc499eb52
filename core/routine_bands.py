"""The band of pressure to aim at on a zone: what a step asks for, and never more than is safe.

| asked for  | class 0 and 1                                         | class 2           |
|------------|-------------------------------------------------------|-------------------|
| nothing    | 20 to 50 kPa                                          | 10 to 25 kPa      |
| `band_kpa` | as it stands                                          | half of it        |
| `comfort`  | share of the zone's personal cap, else of its warning | the same          |

All estimated peaks. Then the whole band is scaled down until its top is at most 80 % of the zone's
warning, and in class 2 at most 25 kPa. 20 to 50 and 10 to 25 kPa are engineering defaults of
research/science.md 2.2, which found no measured pressure of a session. No limit of safety changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.class_limits import FRAGILE
from core.routine_plan import Aim
from core.units import CN_PER_N

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.layout import MatLayout
    from core.routine_spec import Foot, Mode, StepSpec
    from core.zone_limits import ZoneLimits

CLASS_KPA = {FRAGILE: (10.0, 25.0)}
PLAIN_KPA = (20.0, 50.0)

WARNING_SHARE = 0.8
"""No target comes nearer to a zone's warning (DESIGN section 6)."""


class OnMat(NamedTuple):
    """A mat, and the limits of the person on it."""

    layout: MatLayout
    limits: ZoneLimits


class Asked(NamedTuple):
    """What a step asks for, and of whom.

    Attributes
    ----------
    step : StepSpec
    mode : str
    caps_kpa : mapping of str to float
        Personal caps by zone.
    """

    step: StepSpec
    mode: Mode
    caps_kpa: Mapping[str, float]


def band_kpa(asked: Asked, zone: str, skin_class: int, warning_kpa: float) -> tuple[float, float]:
    """Work out the band of one zone, lowest and highest estimated peak.

    Parameters
    ----------
    asked : Asked
    zone : str
    skin_class : int
        0 to 2.
    warning_kpa : float
        The zone's warning, personal cap included.
    """
    low, top = _asked_kpa(asked, zone, skin_class, warning_kpa)
    most = WARNING_SHARE * warning_kpa
    if skin_class == FRAGILE:
        most = min(most, CLASS_KPA[FRAGILE][1])
    return (low, top) if top <= most else (low * (most / top), most)


def aim(asked: Asked, mat: OnMat, index: int, foot: Foot) -> Aim | None:
    """Aim at a zone; None where the band ends below what counts as contact."""
    limits = mat.limits
    zone = mat.layout.zone_ids[index]
    warning_kpa = float(limits.kpa("warning")[index])
    low, top = band_kpa(asked, zone, int(limits.classes[index]), warning_kpa)
    low_cn, top_cn = (_peak_cn(limits, index, kpa) for kpa in (low, top))
    # Both are rounded down: by themselves they could pass 80 % by a hundredth of a newton.
    top_cn = min(top_cn, int(limits.cn("warning")[index]) * 8 // 10)
    contact_cn = int(limits.contact_cn[index])
    if top_cn <= contact_cn:
        return None
    if low_cn < contact_cn:
        low_cn = contact_cn
        low = contact_cn / CN_PER_N * float(limits.scale.peak_kpa_per_n[index])
    at = round(float(mat.layout.at_mm[index][1]))
    return Aim(index, zone, foot, at, low, top, min(low_cn, top_cn), top_cn)


def _asked_kpa(asked: Asked, zone: str, skin_class: int, warning_kpa: float) -> tuple[float, float]:
    step = asked.step
    if step.comfort:
        whole = asked.caps_kpa.get(zone, warning_kpa)
        return step.comfort[0] * whole, step.comfort[1] * whole
    written = step.standing_band_kpa if asked.mode == "standing" else None
    written = written or step.band_kpa
    if written is None:
        return CLASS_KPA.get(skin_class, PLAIN_KPA)
    part = 0.5 if skin_class == FRAGILE else 1.0
    return written[0] * part, written[1] * part


def _peak_cn(limits: ZoneLimits, index: int, kpa: float) -> int:
    return int(limits.scale.peak_cn(np.full(len(limits.classes), kpa))[index])
