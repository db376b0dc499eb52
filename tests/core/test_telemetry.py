"""What the mat tells the world, from frames that are known."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from core import wire
from core.engine import Engine
from core.layout import MatLayout, parse_layout
from core.live import LEVEL_SHIFT, unpack_live
from core.profiles import Profile
from core.telemetry import MatFacts, Telemetry
from tests.core.support import force_frames, limits_of, new_engine, small_layout, small_toml

BOOT = "0123456789abcdef"
FACTS = MatFacts("demo", "0.1.0", "simulator", 100.0, True, "2026-01-01", "89abcdef", ("watch",))
TOES, HEEL, RIGHT = 0, 1, 2
LIMITS = limits_of(new_engine())


class Mat:
    def __init__(self, layout: MatLayout | None = None, mode: str = "seated") -> None:
        profile = msgspec.convert({"version": 3, "mode": mode}, Profile)
        self.engine = Engine(layout or small_layout(), profile)
        self.telemetry = Telemetry(self.engine, BOOT, FACTS)
        self.n = 0

    def feed(
        self, force_cn: list[int], frames: int = 1, good: tuple[bool, ...] = (True, True, True)
    ) -> list[wire.Event]:
        times = [(self.n + k) * 10_000 for k in range(frames)]
        batch = force_frames(times, [force_cn] * frames, [good] * frames, first_seq=self.n)
        self.n += frames
        update = self.engine.feed_forces(batch)
        self.telemetry.add(update)
        return [self.telemetry.event(event) for event in update.events]

    def state(self) -> wire.State:
        state = self.telemetry.state()
        assert state is not None
        assert wire.decode(wire.encode(state), wire.State) == state
        return state


def test_nothing_is_said_before_the_first_frame() -> None:
    telemetry = Mat().telemetry
    assert telemetry.state() is None
    assert telemetry.live() is None


def test_a_quiet_mat() -> None:
    mat = Mat()
    mat.feed([3600, 500, 2000])
    state = mat.state()
    assert (state.boot_id, state.t_s, state.seq, state.rate_hz, state.lost) == (
        BOOT, 0.0, 0, 100.0, 0,
    )  # fmt: skip
    assert state.total_n == 61.0
    assert state.left_share_pct == 67.2
    assert state.cop_mm is not None
    assert state.alarms == ()
    toes = state.zones["l_toes"]
    assert toes == wire.ZoneState("ok", 36.0, 10.0, 45.0, 45.0, 150.0, 200.0)
    assert [zone.level for zone in state.zones.values()] == ["ok", "ok", "ok"]
    mat.feed([100, 0, 0])
    assert [zone.level for zone in mat.state().zones.values()] == ["no_contact"] * 3


def test_below_20_n_balance_is_null() -> None:
    mat = Mat()
    mat.feed([1999, 0, 0])
    state = mat.state()
    assert (state.left_share_pct, state.cop_mm, state.total_n) == (None, None, 19.99)


def test_an_unknown_zone_shows_no_number_and_is_never_ok() -> None:
    mat = Mat()
    mat.feed([3600, 2000, 2000], 10)
    mat.feed([9999, 2000, 2000], 60, (False, True, True))
    state = mat.state()
    unknown = msgspec.structs.asdict(state.zones["l_toes"])
    assert unknown.pop("level") == "unknown"
    assert set(unknown.values()) == {None}
    assert state.total_n == 40.0
    assert (state.left_share_pct, state.cop_mm) == (None, None)
    assert state.zones["l_heel"].level == "ok"


def test_a_zone_that_never_delivered_is_unknown() -> None:
    mat = Mat()
    mat.feed([3600, 2000, 2000], 1, (False, True, True))
    assert mat.state().zones["l_toes"].level == "unknown"


def test_the_maximum_is_that_since_the_last_state() -> None:
    mat = Mat()
    for force in (1000, 8000, 2000):
        mat.feed([force, 0, 0])
    assert mat.state().zones["l_toes"].max_peak_est_kpa == 100.0
    mat.feed([2400, 0, 0])
    mat.feed([2000, 0, 0])
    assert mat.state().zones["l_toes"].max_peak_est_kpa == 30.0
    assert mat.state().zones["l_toes"].max_peak_est_kpa == 25.0


def test_levels_and_alarms_gravest_first() -> None:
    mat = Mat()
    events = mat.feed([LIMITS[TOES].limit_cn, LIMITS[HEEL].warning_cn, 3000], 260)
    assert [(e.rule, e.zone) for e in events] == [
        ("advisory", "l_toes"), ("advisory", "l_heel"),
        ("limit", "l_toes"), ("warning", "l_toes"), ("warning", "l_heel"),
    ]  # fmt: skip
    state = mat.state()
    assert [zone.level for zone in state.zones.values()] == ["limit", "warning", "ok"]
    assert [(a.rule, a.zone, a.priority, a.state, a.over) for a in state.alarms] == [
        ("limit", "l_toes", "high", "raised", True),
        ("warning", "l_toes", "medium", "raised", True),
        ("warning", "l_heel", "medium", "raised", True),
        ("advisory", "l_toes", "low", "raised", True),
        ("advisory", "l_heel", "low", "raised", True),
    ]
    first = state.alarms[0]
    assert (first.kind, first.t_s, first.value_kpa, first.limit_kpa) == ("alarm", 1.0, 200.0, 200.0)
    assert first.instruction == "Lift your left toes"
    assert first.reason == "Left toes: about 200 kPa. Your limit is 200."
    mat.engine.acknowledge(0, "l_toes", "warning")
    mat.feed([0, 0, 0], 70, (True, True, False))
    state = mat.state()
    assert [(a.rule, a.zone, a.state) for a in state.alarms] == [
        ("limit", "l_toes", "raised"), ("warning", "l_heel", "raised"),
        ("stale", "r_heel", "raised"), ("warning", "l_toes", "acknowledged"),
        ("advisory", "l_toes", "raised"), ("advisory", "l_heel", "raised"),
    ]  # fmt: skip
    assert [a.over for a in state.alarms] == [False, False, True, False, False, False]
    stale = state.alarms[2]
    assert (stale.kind, stale.priority) == ("fault", "medium")
    assert (stale.value_kpa, stale.limit_kpa) == (None, None)


def test_the_value_of_an_alarm_is_the_highest_since_it_was_raised() -> None:
    mat = Mat()
    mat.feed([LIMITS[TOES].limit_cn, 0, 0], 110)
    mat.feed([LIMITS[TOES].limit_cn * 3 // 2, 0, 0], 2)
    mat.feed([0, 0, 0], 2)
    limit, _ = mat.state().alarms
    assert limit.value_kpa == 300.0
    assert limit.reason.startswith("Left toes: about 300 kPa")


def test_events_are_worded() -> None:
    mat = Mat(mode="standing")
    _, event = mat.feed([0, 0, LIMITS[RIGHT].limit_cn], 110)
    assert event == wire.Event(
        BOOT, 3, "limit", "r_heel", "alarm", "high", "raised", 1.0,
        200.0, 200.0, "Hold on, sit down, then lift your right heel",
        "Outer side: about 200 kPa. Your limit is 200.",
    )  # fmt: skip
    assert wire.decode(wire.encode(event), wire.Event) == event


def test_info_names_no_person_and_the_areas_that_hold() -> None:
    mat = Mat()
    info = mat.telemetry.info()
    assert wire.decode(wire.encode(info), wire.Info) == info
    assert (info.mat, info.software, info.boot_id, info.rate_hz) == ("demo", "0.1.0", BOOT, 100.0)
    assert (info.profile_version, info.mode, info.verbs) == (3, "seated", ("watch",))
    assert info.layout.hash == small_layout().hash
    zone = info.layout.zones[RIGHT]
    assert zone.label_mm == (70.0, 40.0)
    assert zone.peaks[0] == pytest.approx((40 / 98, 40 / 260, 1.0))
    assert zone.mean_kpa_per_n == pytest.approx(0.5)
    assert zone.peak_kpa_per_n == pytest.approx(1.1)


def test_a_zone_without_a_name_goes_by_its_anatomy() -> None:
    layout = parse_layout(small_toml().replace('name = "Toes"\n', ""), "x")
    assert Mat(layout).telemetry.info().layout.zones[0].name == "part"


def test_live_holds_the_frames_since_the_last_one() -> None:
    mat = Mat()
    mat.feed([3600, 0, 0], 2)
    mat.feed([5000, 0, LIMITS[RIGHT].ceiling_cn], 6)
    mat.feed([3600, 0, 3000], 1, (True, False, True))
    payload = mat.telemetry.live()
    assert payload is not None
    live = unpack_live(payload)
    assert live.boot_id == BOOT
    assert (live.seq, live.profile_version, live.total_cn) == (8, 3, 6600)
    assert live.t_us.tolist() == list(range(0, 90_000, 10_000))
    assert live.force_cn[:, TOES].tolist() == [3600] * 2 + [5000] * 6 + [3600]
    assert live.max_cn.tolist() == [5000, 0, LIMITS[RIGHT].ceiling_cn]
    assert live.limit_cn.tolist() == [one.limit_cn for one in LIMITS]
    assert live.warning_cn.tolist() == [one.warning_cn for one in LIMITS]
    assert live.left_share_pct == pytest.approx(100 * 3600 / 6600)
    assert (live.status[:, TOES] == 3).all()
    assert (live.status[:, HEEL] & 7).tolist() == [1] * 8 + [0]
    assert set((live.status[:, RIGHT] >> LEVEL_SHIFT).tolist()) == {3}
    assert mat.telemetry.live() is None
    mat.feed([0, 0, 0])
    mat.telemetry.drop_live()
    assert mat.telemetry.live() is None


def test_live_of_an_unknown_zone_says_so() -> None:
    mat = Mat()
    mat.feed([3600, 0, 0], 1, (True, True, False))
    mat.feed([3600, 0, 0], 60, (True, True, False))
    payload = mat.telemetry.live()
    assert payload is not None
    live = unpack_live(payload)
    assert (live.status[:, RIGHT] & 4 == 4).all()
    assert np.isnan(live.left_share_pct)
    assert np.isnan(live.cop_mm).all()
    assert set((live.status[:, RIGHT] >> LEVEL_SHIFT).tolist()) == {1}


def test_a_zone_to_keep_off_says_so_touched_or_not() -> None:
    engine = Engine(small_layout(), Profile(classes={"l_heel": 3}))
    telemetry = Telemetry(engine, BOOT, FACTS)
    telemetry.add(engine.feed_forces(force_frames([0], [[0, 0, 3000]])))
    state = telemetry.state()
    assert state is not None
    assert [zone.level for zone in state.zones.values()] == ["no_contact", "excluded", "ok"]
    assert state.zones["l_heel"].limit_kpa == state.zones["l_heel"].warning_kpa == 4.67
    t_us = [k * 100_000 for k in range(1, 12)]
    telemetry.add(engine.feed_forces(force_frames(t_us, [[0, 5000, 3000]] * 11)))
    state = telemetry.state()
    assert state is not None
    assert state.zones["l_heel"].level == "limit"
