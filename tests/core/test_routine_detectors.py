"""What counts as a stroke, a tap, a hold and a rest: each figure on both sides."""

from __future__ import annotations

from math import cos, pi
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.coach import Coach
from core.frames import ZoneStatus
from core.pace import Pace
from core.routine_plan import Aim, Plan, PlanStep
from core.sight import Sight
from tests.core.routine_person import Seen
from tests.core.support import force_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.adherence import StepAdherence
    from core.coach_beeps import Cue
    from core.coach_state import Verdict
    from core.routine_spec import Action, Foot

S = 1_000_000
LONGEST_US = 10_000 * S
CONTACT_CN = 100
LOW, TOP = 1000, 2000
VALID, CONTACT, UNKNOWN = int(ZoneStatus.VALID), int(ZoneStatus.CONTACT), int(ZoneStatus.UNKNOWN)


def aim(index: int, zone: str = "l_heel", y_mm: int = 0, foot: Foot = "left") -> Aim:
    return Aim(index, zone, foot, y_mm, 20.0, 40.0, LOW, TOP)


def step(action: Action, *aims: Aim, repetitions: int = 100) -> PlanStep:
    held = (5 * S, 7 * S)
    return PlanStep("A", action, "Do", aims, repetitions, held, 122 * S, LONGEST_US)


def plan_of(*steps: PlanStep) -> Plan:
    return Plan("mine", "Mine", "seated", ("left", "right"), steps, (), 840 * S)


def seen(
    t_us: Sequence[int], force_cn: Sequence[Sequence[int]], unknown: Sequence[bool] | None = None
) -> Seen:
    """Frames of two zones or more; contact above 1 N."""
    frames = force_frames(t_us, force_cn)
    status = VALID + CONTACT * (frames.force_cn >= CONTACT_CN)
    if unknown is not None:
        status[np.array(unknown)] = UNKNOWN
    return Seen(frames, frames.force_cn, status.astype(np.uint8))


def run(
    one: PlanStep,
    signal: Callable[[float], Sequence[int]],
    rate_hz: float,
    seconds: float,
    unknown_at_s: float | None = None,
) -> tuple[StepAdherence, tuple[Cue, ...]]:
    """Do one step with a signal, from frame 0 to the frame at `seconds`."""
    times = [round(n * S / rate_hz) for n in range(round(seconds * rate_hz) + 1)]
    dark = [unknown_at_s is not None and t == round(unknown_at_s * S) for t in times]
    coach = Coach(plan_of(one))
    coach.start(0)
    cues = coach.feed(seen(times, [list(signal(t / S)) for t in times], dark))
    return coach.adherence.steps[0], cues


# Strokes


def wander(hz: float, way: float, total_cn: int = 2000) -> Callable[[float], Sequence[int]]:
    """Load that goes from the heel towards the toes and back, over a part of the way."""

    def at(t_s: float) -> Sequence[int]:
        front = round(total_cn * (0.5 - way / 2 * cos(2 * pi * hz * t_s)))
        return total_cn - front, front

    return at


HEEL, TOES = aim(0, "l_heel", 0), aim(1, "l_toes", 200)


@pytest.mark.parametrize(
    ("hz", "counts"),
    [(0.098, False), (0.1, True), (0.25, True), (0.5, True), (0.52, False), (1.5, False)],
)
@pytest.mark.parametrize("rate_hz", [10, 80])
def test_a_stroke_takes_two_to_ten_seconds(hz: float, counts: bool, rate_hz: int) -> None:
    if (hz, rate_hz) == (0.52, 10):
        hz = 0.54  # 1.85 s: with frames of 0.1 s apart 1.92 s may have been two.
    found, _ = run(step("stroke", HEEL, TOES), wander(hz, 0.8), rate_hz, 12 / hz)
    # The first of twelve turns only sets the pace.
    assert found.done == (11 if counts else 0)


@pytest.mark.parametrize(
    ("action", "way", "counts"),
    [
        ("stroke", 0.149, False),
        ("stroke", 0.152, True),
        ("roll", 0.249, False),
        ("roll", 0.252, True),
    ],
)
def test_the_load_must_go_far_enough(action: Action, way: float, counts: bool) -> None:
    found, _ = run(step(action, HEEL, TOES), wander(0.25, way, 20_000), 80, 40)
    assert (found.done > 0) == counts


@pytest.mark.parametrize(("total_cn", "counts"), [(499, False), (500, True)])
def test_a_foot_that_hardly_touches_has_no_centre(total_cn: int, counts: bool) -> None:
    found, _ = run(step("stroke", HEEL, TOES), wander(0.25, 0.8, total_cn), 80, 40)
    assert (found.done > 0) == counts


def test_each_foot_has_strokes_of_its_own_and_no_more_than_planned() -> None:
    right = (aim(2, "r_heel", 0, "right"), aim(3, "r_toes", 200, "right"))
    left, still = wander(0.25, 0.8), (500, 500)
    both = step("stroke", HEEL, TOES, *right, repetitions=3)
    found, _ = run(both, lambda t: (*left(t), *still), 80, 40)
    assert found.counts == {"left": 9, "right": 0}
    assert (found.done, found.planned, found.covered, found.units) == (3, 6, 1, 2)
    assert found.ended == "running"
    found, cues = run(both, lambda t: (*left(t), *left(t)), 80, 40)
    assert (found.done, found.ended) == (6, "done")
    # Done with the fourth turn towards the toes.
    assert cues[-1].name == "done"
    assert 12 * S < cues[-1].t_us < 14 * S


def test_an_unknown_zone_ends_a_stroke() -> None:
    whole, _ = run(step("stroke", HEEL, TOES), wander(0.25, 0.8), 80, 40)
    broken, _ = run(step("stroke", HEEL, TOES), wander(0.25, 0.8), 80, 40, unknown_at_s=20)
    # The stroke that was under way, and the one after it that sets the pace anew.
    assert (whole.done, broken.done) == (9, 8)


def test_negative_noise_is_no_load() -> None:
    found, _ = run(step("stroke", HEEL, TOES), lambda t: (-9, 600 if t % 4 < 2 else 550), 80, 40)
    assert found.done == 0


# Taps


@pytest.mark.parametrize(
    ("interval_us", "frame_us", "fits"),
    [
        (333_333, 1, True), (333_332, 1, False), (333_332, 2, True), (320_833, 12_500, False),
        (320_834, 12_500, True), (1_000_000, 1, True), (1_000_001, 1, False),
        (1_012_499, 12_500, True), (1_012_500, 12_500, False),
    ],
)  # fmt: skip
def test_a_pace_has_both_ends_and_the_doubt_of_one_frame(
    interval_us: int, frame_us: int, fits: bool
) -> None:
    assert Pace(333_333, 1_000_000).fits(interval_us, frame_us) == fits


def pulses(
    every_s: float, high_cn: int = 1500, low_cn: int = 0, width_s: float = 0.1
) -> Callable[[float], Sequence[int]]:
    return lambda t_s: (high_cn if (t_s + 1e-9) % every_s < width_s and t_s >= 1 else low_cn,)


TAPPED = step("tap", HEEL)


@pytest.mark.parametrize(
    ("every_s", "counts"),
    [(0.32, False), (0.33, True), (0.34, True), (0.5, True), (1.0, True), (1.02, False)],
)
def test_taps_come_one_to_three_times_a_second(every_s: float, counts: bool) -> None:
    found, _ = run(TAPPED, pulses(every_s), 100, 21)
    assert (found.done > 0) == counts
    if counts:
        # Between 1 and 21 s; the first sets the pace, the last may not have ended.
        assert abs(found.done - 20 / every_s) <= 2


@pytest.mark.parametrize(
    ("high_cn", "low_cn", "counts"),
    [
        (LOW - 1, 0, False), (LOW, 0, True), (TOP, 0, True), (TOP + 1, 0, False),
        (1500, 799, True), (1500, 800, False),
    ],
)  # fmt: skip
def test_a_tap_reaches_the_band_and_is_let_go(high_cn: int, low_cn: int, counts: bool) -> None:
    found, cues = run(TAPPED, pulses(0.5, high_cn, low_cn), 100, 11)
    assert (found.done > 0) == counts
    assert any(cue.name == "too_hard" for cue in cues) == (high_cn > TOP)


def test_the_way_up_through_the_edge_of_the_band_is_part_of_the_tap() -> None:
    found, _ = run(TAPPED, lambda t: ((0, 900, 1500, 900, 0)[round(t * 10) % 5],), 10, 21)
    assert found.done > 30


def test_every_zone_must_be_tapped() -> None:
    tapped = pulses(0.5)
    both = step("tap", HEEL, TOES, repetitions=10)
    found, _ = run(both, lambda t: (*tapped(t), 0), 100, 20)
    assert (found.done, found.planned, found.covered, found.units) == (10, 20, 1, 2)
    assert found.counts["l_heel"] > 30
    assert found.counts["l_toes"] == 0


def test_an_unknown_zone_ends_a_run_of_taps() -> None:
    whole, _ = run(TAPPED, pulses(0.5), 100, 11)
    broken, _ = run(TAPPED, pulses(0.5), 100, 11, unknown_at_s=6.05)
    assert (whole.done, broken.done) == (20 - 1, 20 - 3)


def test_between_two_taps_it_is_right() -> None:
    coach = Coach(plan_of(TAPPED))
    coach.start(0)
    times = [n * S // 100 for n in range(301)]
    tapped = pulses(0.5)
    verdicts: list[tuple[float, Verdict | None]] = []
    for t in times:
        coach.feed(seen([t], [list(tapped(t / S))]))
        state = coach.state.step
        assert state is not None
        verdicts.append((t / S, state.verdict))
    assert {v for t, v in verdicts if t < 1} == {"no_contact"}
    # From the end of the first tap on.
    assert {v for t, v in verdicts if t >= 1.1} == {"right"}
    coach.feed(seen([5 * S], [[0]]))
    last = coach.state.step
    assert last is not None
    assert last.verdict == "no_contact"


def test_time_in_the_band_is_that_of_the_taps() -> None:
    found, _ = run(TAPPED, pulses(0.5, low_cn=500), 100, 11)
    # Each of 20 taps is eleven frames long, ten of them in the band.
    assert found.in_band_s == pytest.approx(20 * 0.09)
    assert found.out_of_band_s == 0


# Holds

HELD = step("hold", HEEL)


def press(*parts: tuple[float, int]) -> Callable[[float], Sequence[int]]:
    """Press for so long so hard, one after the other, each up to and with its last frame."""

    def at(t_s: float) -> Sequence[int]:
        end = 0.0
        for seconds, cn in parts:
            end += seconds
            if t_s <= end + 1e-9:
                return (cn,)
        return (0,)

    return at


def names(cues: tuple[Cue, ...]) -> list[str]:
    return [cue.name for cue in cues if cue.name != "step"]


@pytest.mark.parametrize(
    ("held_s", "done", "cues"),
    [
        (4.99, 0, ["hold_begun"]),
        (5.0, 1, ["hold_begun", "hold_done"]),
        (7.0, 1, ["hold_begun", "hold_done"]),
        (7.01, 1, ["hold_begun", "hold_done", "let_go"]),
        (30.0, 1, ["hold_begun", "hold_done", "let_go"]),
    ],
)
def test_a_hold_is_five_to_seven_seconds(held_s: float, done: int, cues: list[str]) -> None:
    found, heard = run(HELD, press((held_s, 1500)), 100, 40)
    assert (found.done, names(heard)) == (done, cues)
    assert found.in_band_s == pytest.approx(held_s)


@pytest.mark.parametrize(
    ("cn", "done", "cues"),
    [
        (LOW - 1, 0, []),
        (LOW, 1, ["hold_begun", "hold_done"]),
        (TOP, 1, ["hold_begun", "hold_done"]),
        (TOP + 1, 0, ["too_hard", "too_hard"]),
    ],
)
def test_a_hold_is_in_the_band(cn: int, done: int, cues: list[str]) -> None:
    found, heard = run(HELD, press((6.0, cn)), 100, 10)
    assert (found.done, names(heard)) == (done, cues)


def test_time_above_the_band_does_not_count_and_cannot_be_made_up_for() -> None:
    made_up = press((3.0, 1500), (1.0, 2500), (2.1, 1500))
    found, heard = run(HELD, made_up, 100, 10)
    assert found.done == 1
    assert names(heard) == ["hold_begun", "too_hard", "hold_done"]
    assert found.in_band_s == pytest.approx(3.0 + 2.09)
    # With the interval down into the band again.
    assert found.out_of_band_s == pytest.approx(1.01)
    late = press((3.0, 1500), (3.0, 2500), (9.0, 1500))
    found, heard = run(HELD, late, 100, 20)
    assert found.done == 0
    assert names(heard) == ["hold_begun", "too_hard", "let_go"]


def test_who_begins_too_hard_hears_that_it_is_right_once_it_is() -> None:
    found, heard = run(HELD, press((1.0, 2500), (5.5, 1500)), 100, 10)
    assert [(cue.t_us / S, cue.name) for cue in heard] == [
        (0.5, "too_hard"),
        (1.01, "hold_begun"),
        (6.01, "hold_done"),
    ]
    assert found.done == 1


def test_a_dip_above_80_per_cent_of_the_band_does_not_end_a_hold() -> None:
    for dip_cn, done in ((800, 1), (799, 0)):
        found, _ = run(HELD, press((3.0, 1500), (0.5, dip_cn), (2.5, 1500)), 100, 10)
        assert found.done == done


def test_both_feet_hold_together() -> None:
    both = step("hold", HEEL, aim(1, "r_heel", 0, "right"))
    found, _ = run(both, lambda t: (*press((20, 1500))(t), *press((6, 1500))(t)), 100, 20)
    assert found.done == 1
    found, heard = run(both, lambda t: (*press((20, 1500))(t), 0), 100, 20)
    assert (found.done, names(heard)) == (0, [])


def test_one_foot_that_lets_go_ends_the_hold_of_both() -> None:
    both = step("hold", HEEL, aim(1, "r_heel", 0, "right"))
    lets_go = press((3.0, 1500), (0.5, 0), (3.0, 1500))
    found, heard = run(both, lambda t: (*press((20, 1500))(t), *lets_go(t)), 100, 20)
    assert (found.done, names(heard)) == (0, ["hold_begun", "hold_begun"])


def test_an_unknown_zone_ends_a_hold() -> None:
    found, _ = run(HELD, press((6.0, 1500)), 100, 10, unknown_at_s=3.0)
    assert found.done == 0


def test_between_holds_no_time_is_out_of_the_band() -> None:
    again = press((6.0, 1500), (3.0, 500), (6.0, 1500))
    found, _ = run(HELD, again, 100, 20)
    assert (found.done, found.out_of_band_s) == (2, 0.0)
    assert found.in_band_s == pytest.approx(6.0 + 5.99)


# Rests

RESTED = step("rest", repetitions=1)


def off(from_s: float, to_s: float) -> Callable[[float], Sequence[int]]:
    return lambda t_s: (0 if from_s - 1e-9 <= t_s <= to_s + 1e-9 else 500, 0)


@pytest.mark.parametrize(("off_s", "done"), [(121.9, 0), (122.0, 1)])
def test_a_rest_takes_122_seconds_without_any_contact(off_s: float, done: int) -> None:
    found, _ = run(RESTED, off(2.0, 2.0 + off_s), 10, 130)
    assert (found.done, found.ended) == (done, "done" if done else "running")


def test_a_touch_begins_it_anew() -> None:
    def touched(t_s: float) -> Sequence[int]:
        return (500 if t_s < 2 or abs(t_s - 100) < 0.01 else 0, 0)

    found, _ = run(RESTED, touched, 10, 222)
    assert found.done == 0
    found, _ = run(RESTED, touched, 10, 222.1)
    assert found.done == 1


def test_what_is_not_known_is_no_rest() -> None:
    found, _ = run(RESTED, off(2.0, 300), 10, 130, unknown_at_s=60.0)
    assert found.done == 0


def test_an_empty_mat_rests_and_nobody_has_done_it() -> None:
    found, cues = run(RESTED, off(0.0, 300), 10, 130)
    assert (found.done, found.planned, found.ended) == (0, 1, "done")
    assert (cues[-1].name, cues[-1].t_us) == ("done", 122 * S)


# What is seen


@pytest.mark.parametrize(
    ("cn", "bits", "verdict"),
    [
        (0, VALID, "no_contact"),
        (500, VALID | CONTACT, "too_light"),
        (LOW - 1, VALID | CONTACT, "too_light"),
        (LOW, VALID | CONTACT, "right"),
        (TOP, VALID | CONTACT, "right"),
        (TOP + 1, VALID | CONTACT, "too_hard"),
        (1500, UNKNOWN, "unknown"),
        (1500, CONTACT, "right"),
    ],
)
def test_verdict_of_a_zone(cn: int, bits: int, verdict: str) -> None:
    assert Sight(0, 0, [cn], [bits]).zone(HEEL) == verdict


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ((1500, 0), (1500, 500), "right"),
        ((1500, 2500), (1500, 1500), "too_hard"),
        ((0, 0), (1500, 1500), "no_contact"),
        ((0, 500), (1500, 0), "too_light"),
        ((0, 0), (0, 2500), "too_hard"),
        ((-1, 1500), (1500, 1500), "unknown"),
        ((-1, 2500), (1500, 1500), "too_hard"),
    ],
)
def test_verdict_of_both_feet(left: tuple[int, int], right: tuple[int, int], verdict: str) -> None:
    values = [*left, *right]
    bits = [UNKNOWN if cn < 0 else CONTACT * (cn > 0) for cn in values]
    feet = ((aim(0), aim(1)), (aim(2), aim(3)))
    assert Sight(0, 0, values, bits).feet(feet) == verdict
