"""The coach: steps in turn, pauses, what is shown and heard, and whole routines with a person."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adherence import Adherence
from core.coach import Coach
from core.coach_beeps import BEEPS, Cue
from core.coach_state import CoachState, StepState
from core.engine import Engine
from core.errors import FrameError
from core.layout import load_layout
from core.routine_plan import Clearance, Plan, PlanStep, Variant
from core.routine_planner import plan_for
from core.routine_spec import RoutineError
from core.routines import SHIPPED, load_routine
from core.signals import (
    ANSWERS,
    BURSTS,
    IDENTIFY,
    LIGHTS,
    MAX_TONE_HZ,
    MIN_TONE_HZ,
    SELF_TEST,
    Standing,
    signal_at,
)
from tests.core.routine_person import Seen, Watcher, follow, limits_of, profile_of, resting_cn
from tests.core.support import force_frames
from tests.core.test_routine_detectors import HEEL, TOES, plan_of, press, seen, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.frames import ForceFrames
    from core.layout import MatLayout
    from core.signals import Step

S = 1_000_000


def timed(one: PlanStep, longest_s: float) -> PlanStep:
    return msgspec.structs.replace(one, longest_us=round(longest_s * S))


HOLD = timed(step("hold", HEEL, repetitions=2), 30)
STROKE = timed(step("stroke", HEEL, TOES, repetitions=2), 20)
REST = timed(step("rest", repetitions=1), 145)
THREE = plan_of(STROKE, REST, HOLD)


def started(plan: Plan = THREE, t_us: int = 0) -> Coach:
    coach = Coach(plan)
    coach.start(t_us)
    return coach


def frames_at(times_s: Sequence[float], cn: int = 500, other_cn: int = 500) -> Seen:
    return seen([round(t * S) for t in times_s], [[cn, other_cn] for _ in times_s])


def span(from_s: float, to_s: float, every_s: float = 0.1) -> list[float]:
    return [from_s + n * every_s for n in range(round((to_s - from_s) / every_s) + 1)]


def named(cues: Sequence[Cue]) -> list[tuple[float, str]]:
    return [(cue.t_us / S, cue.name) for cue in cues]


def now(coach: Coach) -> StepState:
    """The step that runs."""
    state = coach.state
    assert state.step is not None
    return state.step


# Steps in turn


def test_before_it_starts_nothing_is_counted() -> None:
    coach = Coach(THREE)
    assert coach.state.phase == "ready"
    assert not coach.resting
    assert coach.feed(frames_at(span(0, 30))) == ()
    assert coach.next() == ()
    state = coach.state
    assert state.step is not None
    assert (state.step.number, state.step.left_s, state.left_s) == (1, 20, 195)
    assert state.step.verdict is None
    assert [target.verdict for target in state.step.targets] == [None, None]


def test_steps_end_by_time() -> None:
    coach = Coach(THREE)
    assert named(coach.start(10 * S)) == [(10, "begun"), (10, "step")]
    # A frame before the start is passed over.
    assert coach.feed(frames_at([9.9])) == ()
    assert coach.feed(frames_at(span(10, 29.9))) == ()
    assert named(coach.feed(frames_at([30.0]))) == [(30, "rest")]
    rested = [coach.resting]
    assert coach.feed(frames_at(span(30.1, 174.9))) == ()
    assert named(coach.feed(frames_at([175.0]))) == [(175, "step")]
    assert [*rested, coach.resting] == [True, False]
    assert named(coach.feed(frames_at(span(175.1, 300)))) == [(205, "done")]
    over = CoachState("mine", "Mine", "done", 3, 0.0, None)
    assert coach.state == over
    assert [each.ended for each in coach.adherence.steps] == ["time"] * 3
    assert [each.seconds for each in coach.adherence.steps] == [20, 145, 30]
    assert coach.adherence.done == 0
    assert coach.adherence.planned == 2 + 1 + 2
    # What is done stays done.
    assert coach.stop() == ()
    assert coach.state.phase == "done"
    assert coach.next() == ()
    assert coach.feed(frames_at([301.0])) == ()


def test_steps_end_when_all_is_done() -> None:
    coach = started(plan_of(HOLD, REST))
    pressed = press((5.5, 1500), (1.0, 0), (5.5, 1500))
    times = span(0, 13)
    cues = coach.feed(seen([round(t * S) for t in times], [[*pressed(t), 0] for t in times]))
    assert named(cues) == [
        (0, "hold_begun"),
        (5, "hold_done"),
        (6.6, "hold_begun"),
        (11.6, "hold_done"),
        (11.6, "rest"),
    ]
    assert named(coach.feed(frames_at(span(13.1, 135), 0, 0))) == [(134.1, "done")]
    each = coach.adherence.steps
    assert [(one.done, one.planned, one.ended) for one in each] == [(2, 2, "done"), (1, 1, "done")]


def test_next_and_stop() -> None:
    coach = started()
    coach.feed(frames_at([1.0]))
    assert named(coach.next()) == [(1, "rest")]
    assert named(coach.next()) == [(1, "step")]
    coach.feed(frames_at([2.0]))
    assert named(coach.stop()) == [(2, "ended")]
    assert coach.state.phase == "stopped"
    assert coach.state.step is None
    assert not coach.resting
    assert coach.feed(frames_at([3.0])) == ()
    assert coach.next() == ()
    assert [each.ended for each in coach.adherence.steps] == ["next", "next", "stopped"]
    assert coach.stop() == ()
    assert coach.state.phase == "stopped"
    unbegun = Coach(THREE)
    unbegun.stop()
    assert {each.ended for each in unbegun.adherence.steps} == {"not_begun"}


def test_next_after_the_last_step_is_the_end() -> None:
    coach = started(plan_of(HOLD))
    assert named(coach.next()) == [(0, "done")]
    assert coach.state.phase == "done"


def test_it_starts_once_and_time_only_rises() -> None:
    coach = started()
    with pytest.raises(RoutineError, match="has begun already"):
        coach.start(0)
    coach.feed(frames_at([1.0]))
    with pytest.raises(FrameError, match="time goes back"):
        coach.feed(frames_at([1.0]))
    assert coach.feed(part(frames_at([2.0]), 0, 0)) == ()
    assert coach.feed(frames_at([1.1])) == ()


def part(whole: Seen, start: int, stop: int) -> Seen:
    which = slice(start, stop)
    return Seen(whole.frames[which], whole.value_cn[which], whole.status[which])


# Pauses, gaps, rests that are due


def test_an_alarm_pauses_the_step() -> None:
    coach = started(plan_of(HOLD, REST))
    coach.feed(frames_at(span(0, 4), 1500))
    assert coach.feed(frames_at(span(4.1, 14), 1500), paused=True) == ()
    state = coach.state
    assert state.phase == "paused"
    assert state.step is not None
    assert (state.step.left_s, state.step.verdict) == (26, "right")
    # The hold begins anew.
    assert named(coach.feed(frames_at(span(14.1, 19.1), 1500))) == [
        (14.1, "hold_begun"),
        (19.1, "hold_done"),
    ]
    found = coach.adherence.steps[0]
    assert found.seconds == pytest.approx(4 + 5.1)
    assert found.in_band_s == pytest.approx(4 + 5)
    assert coach.state.phase == "running"


def test_a_rest_goes_on_while_an_alarm_stands_and_its_clock_does_not() -> None:
    coach = started(plan_of(REST, HOLD))
    coach.feed(frames_at([0.0, 0.1]))
    assert named(coach.feed(frames_at(span(0.2, 122.1), 0, 0), paused=True)) == []
    assert coach.resting
    assert now(coach).left_s == pytest.approx(144.9)
    assert named(coach.feed(frames_at([122.2], 0, 0), paused=True)) == [(122.2, "step")]
    assert coach.adherence.steps[0].done == 1


@pytest.mark.parametrize(("gap_s", "done"), [(0.5, 1), (0.6, 0)])
def test_a_gap_counts_for_nothing(gap_s: float, done: int) -> None:
    coach = started(plan_of(HOLD))
    coach.feed(frames_at([*span(0, 3), *span(3 + gap_s, 5 + gap_s)], 1500))
    found = coach.adherence.steps[0]
    assert found.done == done
    # The clock of the step goes on.
    assert found.seconds == pytest.approx(5 + gap_s)
    assert found.in_band_s == pytest.approx(5 + (gap_s if done else 0))


def test_a_rest_that_is_due_begins_although_alarms_took_their_time() -> None:
    plan = plan_of(STROKE, HOLD, REST, STROKE, HOLD)
    coach = started(plan)
    assert coach.feed(frames_at(span(0, 839.9)), paused=True) == ()
    assert named(coach.feed(frames_at([840.0]), paused=True)) == [(840, "rest")]
    each = coach.adherence.steps
    assert [one.ended for one in each[:3]] == ["rest_due", "not_begun", "running"]
    # Without a rest ahead it goes on.
    coach.feed(frames_at(span(840.1, 970), 0, 0))
    assert coach.feed(frames_at(span(970.1, 2000)), paused=True) == ()
    assert now(coach).number == 4


def test_a_rest_counts_only_after_somebody_was_on_the_mat() -> None:
    coach = started(plan_of(HOLD, REST, HOLD, REST))
    coach.feed(frames_at([0.0]))
    coach.feed(frames_at(span(0.1, 32), 0, 0))
    coach.feed(frames_at(span(32.1, 400), 0, 0))
    each = coach.adherence.steps
    assert [one.done for one in each] == [0, 1, 0, 0]
    assert coach.state.phase == "done"


# What is shown and heard


def test_the_state_says_what_now_how_much_and_how_hard() -> None:
    coach = started(plan_of(HOLD, REST))
    coach.feed(frames_at(span(0, 2), 1500))
    state = coach.state
    assert json.loads(msgspec.json.encode(state)) == {
        "routine": "mine",
        "name": "Mine",
        "phase": "running",
        "steps": 2,
        "left_s": 28 + 145,
        "step": {
            "number": 1,
            "name": "A",
            "action": "hold",
            "say": "Do",
            "traditional": [],
            "targets": [{"zone": "l_heel", "low_kpa": 20, "top_kpa": 40, "verdict": "right"}],
            "verdict": "right",
            "done": 0,
            "planned": 2,
            "counts": {"point": 0},
            "hold_left_s": 3,
            "left_s": 28,
        },
    }
    assert msgspec.json.decode(msgspec.json.encode(state), type=CoachState) == state
    for t_s, cn, verdict in (
        (3, 2001, "too_hard"),
        (4, 999, "too_light"),
        (5, 0, "no_contact"),
    ):
        coach.feed(frames_at([t_s], cn))
        assert now(coach).verdict == verdict


def test_how_long_to_hold_and_to_rest() -> None:
    coach = started(plan_of(HOLD, REST))
    assert now(coach).hold_left_s is None
    for begin_s, until_s, left_s in ((0.0, 4.0, 1.0), (4.1, 5.0, 0.0), (5.1, 9.0, 0.0)):
        coach.feed(frames_at(span(begin_s, until_s), 1500))
        assert now(coach).hold_left_s == left_s
    coach.feed(frames_at([9.1], 0))
    assert now(coach).hold_left_s is None
    coach.next()
    assert now(coach).hold_left_s == 122
    coach.feed(frames_at(span(9.2, 19.2), 0, 0))
    assert now(coach).hold_left_s == 112
    assert now(coach).verdict is None


def test_too_hard_is_said_after_half_a_second_and_again_after_three() -> None:
    coach = started(plan_of(timed(STROKE, 100)))
    cues = coach.feed(frames_at(span(0, 0.4), 2500))
    cues += coach.feed(frames_at(span(0.5, 7), 2500))
    assert named(cues) == [(0.5, "too_hard"), (3.5, "too_hard"), (6.5, "too_hard")]
    # Let go and pressed too hard again.
    cues = coach.feed(frames_at([7.1], 1500)) + coach.feed(frames_at(span(7.2, 9.5), 2500))
    assert named(cues) == [(9.5, "too_hard")]


def shape(sequence: Sequence[Step]) -> tuple[object, ...]:
    """What is left for whoever knows no notes: how many tones, up or down, long or short."""
    heard = [(part.tone_hz or 0, part.for_ms) for part in sequence]
    ways = tuple((b > a) - (b < a) for (a, _), (b, _) in pairwise(heard))
    return ways, tuple((tone > 0, for_ms // 500) for tone, for_ms in heard)


def test_beeps_are_told_apart_and_are_no_alarm() -> None:
    played = [*BEEPS.values(), ANSWERS["refused"]]
    assert len(set(map(shape, played))) == len(played)
    heard = {*BEEPS.values(), *ANSWERS.values(), SELF_TEST, IDENTIFY}
    assert len(heard) == len(BEEPS) + len(ANSWERS) - 2 + 2
    for sequence in BEEPS.values():
        shines = {part.colour for part in sequence if part.tone_hz}
        assert shines in ({"green"}, {"blue"})
        assert all(part.for_ms >= 250 for part in sequence)
        sounds = [part.tone_hz for part in sequence if part.tone_hz]
        assert all(MIN_TONE_HZ <= tone <= MAX_TONE_HZ for tone in sounds)
        # An alarm repeats one tone; these never do.
        assert all(a != b for a, b in pairwise(sounds))
        assert sounds[0] not in [burst.tone_hz for burst in BURSTS.values()]
    assert not {"green", "blue"} & {light.colour for light in LIGHTS.values()}


def test_beeps_play_as_a_sequence_and_give_way_to_an_alarm() -> None:
    done = Standing(sequence=BEEPS["hold_done"], healthy=True)
    assert [signal_at(done, t * 1000).tone_hz for t in (0, 250, 500, 750)] == [650, 550, 450, None]
    alarm = Standing(sequence=BEEPS["hold_done"], sound="medium", sound_us=0)
    assert signal_at(alarm, 300_000).tone_hz is None


# Bit for bit

MIXED = plan_of(
    timed(STROKE, 12), timed(step("tap", HEEL, TOES, repetitions=4), 6), REST, timed(HOLD, 20)
)


@given(st.data())
def test_batches_of_any_size_give_the_same(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 150))
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    steps_us = rng.choice([12_500, 100_000, 400_000, 600_000, 3_000_000], n)
    values = rng.choice([0, 50, 500, 900, 1500, 2500], (n, 2))
    values = np.repeat(values, rng.integers(1, 6, n), axis=0)[:n]
    whole = seen(np.cumsum(steps_us).tolist(), values.tolist(), (rng.random(n) < 0.03).tolist())
    pauses = (rng.random(n) < 0.1).tolist()
    cuts = sorted(data.draw(st.sets(st.integers(1, n))) | {0, n})
    cuts = sorted({*cuts, *(k for k in range(1, n) if pauses[k] != pauses[k - 1])})
    split, single = started(MIXED), started(MIXED)
    cues = [
        cue for a, b in pairwise(cuts) for cue in split.feed(part(whole, a, b), paused=pauses[a])
    ]
    each = [cue for k in range(n) for cue in single.feed(part(whole, k, k + 1), paused=pauses[k])]
    assert cues == each
    assert split.state == single.state
    assert split.adherence == single.adherence


# Whole routines

LAYOUTS = {name: load_layout(name) for name in ("full16", "starter8")}
CLEARED = Clearance("Dr A", "2026-01-02")


def fitted(name: str, layout: MatLayout, unset: int | None = None) -> Plan:
    chosen = (0 if name == "deep" else 1) if unset is None else unset
    limits = limits_of(layout, unset=chosen)
    plan = plan_for(load_routine(name), layout, limits, Variant(cleared=CLEARED))
    assert isinstance(plan, Plan)
    return plan


def coached(plan: Plan, layout: MatLayout, frames: ForceFrames) -> Coach:
    coach = started(plan)
    coach.feed(Watcher(limits_of(layout).contact_cn).see(frames))
    return coach


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("on", list(LAYOUTS))
def test_who_follows_comes_to_the_end_and_has_done_all(name: str, on: str) -> None:
    layout = LAYOUTS[on]
    plan = fitted(name, layout)
    rate_hz = 40 if name == "full" else 10
    frames = follow(plan, layout, limits_of(layout), rate_hz, plan.longest_us / S)
    coach = coached(plan, layout, frames)
    assert coach.state.phase == "done"
    found = coach.adherence
    assert {each.ended for each in found.steps} == {"done"}
    assert found.done == found.planned == sum(each.planned for each in found.steps)
    assert all(each.covered == each.units for each in found.steps)
    assert found.in_band_s > 5 * found.out_of_band_s
    assert json.loads(msgspec.json.encode(found))["done"] == found.done
    assert msgspec.json.decode(msgspec.json.encode(found), type=Adherence) == found


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("on", list(LAYOUTS))
@pytest.mark.parametrize("feet_on", [True, False])
def test_who_does_nothing_comes_to_the_end_by_time(name: str, on: str, feet_on: bool) -> None:
    layout = LAYOUTS[on]
    plan = fitted(name, layout)
    limits = limits_of(layout)
    still = resting_cn(layout, limits, plan.feet if feet_on else ()).astype(int).tolist()
    times = list(range(0, plan.longest_us + S, 500_000))
    coach = coached(plan, layout, force_frames(times, [still] * len(times)))
    assert coach.state.phase == "done"
    assert coach.adherence.done == 0
    by_time = {each.ended for each in coach.adherence.steps if each.action != "rest" or feet_on}
    assert by_time == {"time"}


def test_who_presses_too_hard_is_told_and_has_done_less() -> None:
    layout = LAYOUTS["full16"]
    plan = fitted("acupressure", layout)
    frames = follow(plan, layout, limits_of(layout), 20, 300, hard=2.5)
    coach = started(plan)
    cues = coach.feed(Watcher(limits_of(layout).contact_cn).see(frames))
    assert sum(cue.name == "too_hard" for cue in cues) > 10
    holds = [each for each in coach.adherence.steps if each.action == "hold"]
    assert holds[0].done == 0
    assert holds[0].out_of_band_s > holds[0].in_band_s


def test_the_left_foot_alone() -> None:
    layout = LAYOUTS["full16"]
    limits = limits_of(layout, {"r_toes": 3})
    plan = plan_for(load_routine("reflex"), layout, limits)
    assert isinstance(plan, Plan)
    frames = follow(plan, layout, limits, 10, plan.longest_us / S)
    assert frames.force_cn[:, layout.is_right].max() < 30
    assert coached(plan, layout, frames).adherence.done > 0


def alarms(name: str, unset: int, seconds: float, *, rests: bool) -> tuple[tuple[float, str], ...]:
    """Alarms of medium or high priority that a person who follows raises."""
    layout = LAYOUTS["full16"]
    profile = profile_of(unset=unset)
    engine = Engine(layout, profile)
    plan = fitted(name, layout, unset)
    update = engine.feed_forces(follow(plan, layout, engine.limits, 10, seconds, rests))
    loud = [event for event in update.events if event.priority != "low"]
    return tuple((event.t_us / S, event.rule) for event in loud)


@pytest.mark.unmeasured
@pytest.mark.parametrize(("name", "unset"), [("gentle", 1), ("full", 1), ("gentle", 2)])
def test_29_minutes_and_a_half_raise_nothing(name: str, unset: int) -> None:
    assert alarms(name, unset, 1770, rests=True) == ()


def test_without_the_rests_the_load_lasts_too_long() -> None:
    found = alarms("gentle", 1, 900, rests=False)
    assert {rule for _, rule in found} == {"sustained"}
    assert 855 <= min(t_s for t_s, _ in found) <= 856
