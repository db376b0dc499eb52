"""What a mat would send, packed after docs/protocol.md without any code of the product."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOOT = "0123456789abcdef"
OTHER_BOOT = "fedcba9876543210"
VALID, CONTACT, UNKNOWN, EXCLUDED = 1, 2, 4, 8
COUNT_TONES = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  window.tones += 1;
  return start.apply(this, when);
};
"""
LIMIT_KPA, WARNING_KPA = 200.0, 150.0
ROWS, COLUMNS = 64, 24
# Foot fractions of the four plates of a foot, medial to lateral and heel to toe.
PLATES = {
    "heel_med": ("Heel, inner", (-0.05, 0.5), (-0.03, 0.3)),
    "heel_lat": ("Heel, outer", (0.5, 1.05), (-0.03, 0.3)),
    "ball": ("Ball", (-0.05, 1.05), (0.3, 0.82)),
    "toes": ("Toes", (-0.05, 1.05), (0.82, 1.03)),
}
PEAK_KPA_PER_N = {"heel_med": 1.25, "heel_lat": 1.1, "ball": 0.5, "toes": 1.25}


def zones() -> list[dict[str, Any]]:
    """Eight zones, left foot first."""
    return [_zone(foot, name) for foot in ("left", "right") for name in PLATES]


def _zone(foot: str, plate: str) -> dict[str, Any]:
    name, (x0, x1), (y0, y1) = PLATES[plate]
    side = -1 if foot == "left" else 1
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    polygon = [[side * (30 + x * 98), y * 260] for x, y in corners]
    return {
        "id": f"{foot[0]}_{plate}",
        "foot": foot,
        "name": name,
        "anatomy": name,
        "reflex": [],
        "polygon_mm": polygon,
        "label_mm": [side * (30 + (x0 + x1) / 2 * 98), (y0 + y1) / 2 * 260],
        "peaks": [[(x0 + x1) / 2, (y0 + y1) / 2, 1.0]],
        "mean_kpa_per_n": PEAK_KPA_PER_N[plate] / 2,
        "peak_kpa_per_n": PEAK_KPA_PER_N[plate],
    }


ZONES = zones()
IDS = [zone["id"] for zone in ZONES]


def info(
    source: str = "hx711",
    verbs: Sequence[str] = ("alarm.ack", "alarm.pause", "watch"),
    boot: str = BOOT,
) -> dict[str, Any]:
    """The retained description of the mat."""
    return {
        "mat": "demo",
        "software": "0.1.0",
        "boot_id": boot,
        "rate_hz": 80.0,
        "source": source,
        "mode": "seated",
        "profile_version": 1,
        "verbs": list(verbs),
        "layout": {
            "id": "test8",
            "name": "Test",
            "hash": "00" * 8,
            "foot_mm": [260.0, 98.0],
            "zones": ZONES,
        },
    }


def state(
    t_s: float,
    *alarms: Mapping[str, Any],
    boot: str = BOOT,
    **more: Any,  # noqa: ANN401 -- session and step
) -> dict[str, Any]:
    """One `state` with these alarms."""
    return {"boot_id": boot, "t_s": t_s, "seq": 1, "zones": {}, "alarms": list(alarms), **more}


def alarm(**changes: object) -> dict[str, Any]:
    """A limit alarm of the left heel."""
    return {
        "rule": "limit",
        "zone": "l_heel_lat",
        "kind": "alarm",
        "priority": "high",
        "state": "raised",
        "t_s": 1.0,
        "value_kpa": 240.1,
        "limit_kpa": 200.0,
        "over": True,
        "instruction": "Lift your left heel",
        "reason": "Outer side: about 240 kPa. Your limit is 200.",
        **changes,
    }


STANDING = dict(zip(IDS, (96.0, 92.0, 70.0, 38.0, 84.0, 79.0, 66.0, 31.0), strict=True))


def live(
    seq: int,
    t_us: int,
    kpa: Mapping[str, float] | None = None,
    *,
    status: Mapping[str, int] | None = None,
    boot: str = BOOT,
    cop: tuple[float, float] = (-6.0, 104.0),
) -> bytes:
    """One packed message of one frame; zones without a pressure are not in contact."""
    kpa = STANDING if kpa is None else kpa
    forces = [round(100 * kpa.get(zone["id"], 0.0) / zone["peak_kpa_per_n"]) for zone in ZONES]
    flags = [(status or {}).get(zone, VALID | (CONTACT if kpa.get(zone) else 0)) for zone in IDS]
    return pack(seq, t_us, [(0, forces, flags)], boot=boot, total_cn=sum(forces), cop=cop)


def pack(
    seq: int,
    t_us: int,
    frames: Sequence[tuple[int, Sequence[int], Sequence[int]]],
    *,
    boot: str = BOOT,
    total_cn: int = 0,
    left_pct: float = 54.0,
    cop: tuple[float, float] = (-6.0, 104.0),
) -> bytes:
    """A message of (age_us, forces in 0.01 N, status bytes) for each frame, oldest first."""
    count = len(frames[0][1])
    head = b"RL" + struct.pack("<BBHH", 1, count, len(frames), 0) + bytes.fromhex(boot)
    head += struct.pack("<IIqIi3f", seq, 3, t_us, 7, total_cn, left_pct, *cop)
    limits = b"".join(
        struct.pack("<3i", _cn(WARNING_KPA, zone), _cn(LIMIT_KPA, zone), 11 + index)
        for index, zone in enumerate(ZONES[:count])
    )
    body = b"".join(struct.pack(f"<I{count}i", age, *forces) for age, forces, _ in frames)
    return head + limits + body + b"".join(bytes(flags) for _, _, flags in frames)


def _cn(kpa: float, zone: Mapping[str, Any]) -> int:
    return int(100 * kpa / zone["peak_kpa_per_n"])


def weights(seed: int = 1) -> list[np.ndarray[Any, np.dtype[np.uint16]]]:
    """A map operator of each foot: rows x columns x zones, zero at the rim."""
    rng = np.random.default_rng(seed)
    operators = []
    for _ in range(2):
        share = rng.random((ROWS, COLUMNS, 4))
        share /= share.sum(axis=2, keepdims=True) * 1.05
        share[:2] = share[-2:] = 0
        share[:, :2] = share[:, -2:] = 0
        operators.append(np.round(share * 65535).astype("<u2"))
    return operators


def map_bin(seed: int = 1) -> bytes:
    """The file that the dashboard serves for a layout."""
    parts = []
    for foot, operator in enumerate(weights(seed)):
        index = [4 * foot + zone for zone in range(4)]
        parts.append(struct.pack("<4H4H", ROWS, COLUMNS, 4, 0, *index) + operator.tobytes())
    return b"".join(parts)
