"""Golden messages, with values made by hand. `python -m tests.core.make_golden` writes them.

They are what a mat of version 1 says. A change of these bytes is a change of the protocol:
never run this to make a test pass.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from core import wire
from core.coach_state import CoachState, StepState, TargetZone
from core.homeassistant import discovery
from core.live import LiveMessage, pack_live

FOLDER = Path(__file__).parent / "golden"
BOOT = "0123456789abcdef"
NAN = float("nan")

INFO = wire.Info(
    mat="demo", software="0.1.0", boot_id=BOOT, rate_hz=80.0, source="simulator", mode="standing",
    clock_synchronised=True, calibrated_on="2026-11-23", calibration_id="89abcdef",
    profile_version=3, verbs=("alarm.ack", "watch"),
    layout=wire.LayoutInfo(
        "small", "Größe — small", "fedcba9876543210", (260.0, 98.0),
        (
            wire.ZoneInfo(
                "l_toes", "left", "Toes", "hallux and toes 2 to 5", ("brain", "sinuses"),
                ((-31.5, 218.9), (-31.0, 223.2), (-30.2, 227.1)), (-47.0, 239.0),
                ((0.16, 0.905, 1.0), (0.49, 0.945, 0.55)), 0.354, 1.59,
            ),
            wire.ZoneInfo(
                "r_heel", "right", "Heel", "heel", (), ((0.0, 0.0), (50.0, 0.0), (50.0, 50.0)),
                (25.0, 25.0), ((0.4, 0.13, 1.0),), 0.5, 1.1,
            ),
        ),
    ),
    wall=(wire.WallPair(3.5, 12.25, False), wire.WallPair(63.5, 1_796_083_200.125, True)),
    wall_not_before_s=1_796_000_000.0,
)  # fmt: skip

STATE = wire.State(
    boot_id=BOOT, t_s=12.5, seq=1000, rate_hz=80.0, lost=2, total_n=706.1, left_share_pct=None,
    cop_mm=None,
    zones={
        "l_toes": wire.ZoneState("limit", 20.1, 7.1, 240.1, 250.3, 150.0, 200.0),
        "r_heel": wire.ZoneState("unknown", None, None, None, None, None, None),
    },
    alarms=(
        wire.Alarm(
            "limit", "l_toes", "alarm", "high", "acknowledged", 11.2, 250.3, 200.0, True,
            "Lift your left toes", "Left toes: about 250 kPa. Your limit is 200.",
        ),
        wire.Alarm(
            "stale", "r_heel", "fault", "low", "raised", 12.4, None, None, True,
            "No reading under your right heel", "A cable may be loose.",
        ),
    ),
)  # fmt: skip

IN_A_ROUTINE = msgspec.structs.replace(
    STATE,
    session="00112233445566778899aabbccddeeff",
    step=CoachState(
        "reflex", "Reflex points", "running", 8, 700.5,
        StepState(
            2, "Toes", "hold", "Press gently with your left toes, hold, then let go", ("brain",),
            (TargetZone("l_toes", 20.0, 50.0, "right"), TargetZone("r_toes", 20.0, 50.0, None)),
            "right", 3, 10, {"toes": 3}, 2.25, 61.5,
        ),
    ),
)  # fmt: skip

EVENT = wire.Event(
    BOOT, 3, "zone_lost", "r_heel", "fault", "high", "cleared", 14.75, None, None,
    "Take your right foot off the mat", "A cable may be loose.",
)  # fmt: skip
CMD = wire.Command("a1b2", "sim.press", BOOT, 14.0, {"zone": "l_toes", "seconds": 0.6})
REPLY = wire.Reply("a1b2", ok=False, error="unknown zone l_nose")

LIVE = LiveMessage(
    boot_id=BOOT,
    seq=4_000_000_001,
    lost=7,
    profile_version=3,
    t_us=np.array([86_400_000_000, 86_400_012_500, 86_400_025_001]),
    total_cn=70_610,
    left_share_pct=52.125,
    cop_mm=(-3.125, NAN),
    warning_cn=np.array([12_000, 11_000]),
    limit_cn=np.array([16_000, 15_000]),
    max_cn=np.array([20_010, -3]),
    force_cn=np.array([[20_010, -3], [19_000, -4], [18_000, -4]]),
    status=np.array([[0x33, 0x01], [0x33, 0x00], [0x33, 0x14]], np.uint8),
)

JSON = {
    "info": INFO,
    "state": STATE,
    "state_in_a_routine": IN_A_ROUTINE,
    "event": EVENT,
    "cmd": CMD,
    "reply": REPLY,
}


def homeassistant() -> bytes:
    """What Home Assistant is told of this mat: payload by topic, to be read by people too."""
    told = {
        where: msgspec.Raw(payload) for where, payload in discovery(INFO, "homeassistant").items()
    }
    return msgspec.json.format(msgspec.json.encode(told)) + b"\n"


def write_golden() -> None:
    """Write what the mat says today."""
    FOLDER.mkdir(exist_ok=True)
    for name, message in JSON.items():
        (FOLDER / f"{name}.json").write_bytes(wire.encode(message) + b"\n")
    (FOLDER / "homeassistant.json").write_bytes(homeassistant())
    (FOLDER / "live.bin").write_bytes(pack_live(LIVE))


if __name__ == "__main__":
    write_golden()
