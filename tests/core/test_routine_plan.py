"""A routine for a person: bands below what is safe, feet left out whole, sentences that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.layout import MatLayout, load_layout, parse_layout
from core.profiles import LimitEdit, Profile
from core.routine_plan import Clearance, Plan, PlanRefused, PlanStep, Variant
from core.routine_planner import plan_for
from core.routine_spec import Action, RoutineSpec, StepSpec
from core.routine_targets import zones_of
from core.routines import SHIPPED, load_routine
from core.zone_limits import limits_for
from tests.core.routine_person import limits_of
from tests.core.support import small_layout, small_toml

if TYPE_CHECKING:
    from core.routine_spec import Mode
    from core.zone_limits import ZoneLimits

S = 1_000_000
FULL, STARTER = load_layout("full16"), load_layout("starter8")
CLEARED = Clearance("Dr A", "2026-01-02")


def planned(
    name: str | RoutineSpec,
    layout: MatLayout = FULL,
    limits: ZoneLimits | None = None,
    variant: Variant | None = None,
) -> Plan:
    spec = load_routine(name) if isinstance(name, str) else name
    plan = plan_for(spec, layout, limits or limits_of(layout), variant)
    assert isinstance(plan, Plan), plan
    return plan


def reason(
    name: str | RoutineSpec,
    layout: MatLayout = FULL,
    limits: ZoneLimits | None = None,
    variant: Variant | None = None,
) -> str:
    spec = load_routine(name) if isinstance(name, str) else name
    refused = plan_for(spec, layout, limits or limits_of(layout), variant)
    assert isinstance(refused, PlanRefused)
    assert refused.routine == spec.id
    return refused.reason


def routine(*steps: StepSpec, **more: object) -> RoutineSpec:
    return RoutineSpec("mine", "Mine", "A test", steps, **more)  # type: ignore[arg-type]


def one(action: Action = "hold", *targets: str, **more: object) -> StepSpec:
    given_targets = targets or ("heel",)
    return StepSpec("A", "Press {where}", action, 60.0, given_targets, repetitions=3, **more)  # type: ignore[arg-type]


def bands(plan: Plan) -> dict[str, tuple[float, float]]:
    return {aim.zone: (aim.low_kpa, aim.top_kpa) for step in plan.steps for aim in step.aims}


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("layout", [FULL, STARTER], ids=["full16", "starter8"])
@pytest.mark.parametrize("mode", ["seated", "standing"])
def test_shipped_routines_fit_both_mats(name: str, layout: MatLayout, mode: Mode) -> None:
    limits = limits_of(layout, unset=0 if name == "deep" else 1, mode=mode)
    plan = planned(name, layout, limits, Variant(mode=mode, cleared=CLEARED))
    assert plan.feet == ("left", "right")
    wanted: tuple[str, ...] = ()
    if (name, mode) == ("full", "standing"):
        wanted = ("Peppering taps: left out, it is not for standing.",)
    assert plan.notes == wanted
    spec = load_routine(name)
    assert plan.longest_us == sum(step.whole_s for step in spec.step if mode in step.modes) * S
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_targets_mean_all_their_zones_or_the_plate_that_covers_them() -> None:
    def ids(layout: MatLayout, target: str) -> list[str]:
        return [layout.zone_ids[at] for at in zones_of(layout, target, "left")]  # type: ignore[arg-type]

    assert ids(FULL, "ball") == ["l_mth1", "l_mth23", "l_mth45"]
    assert ids(FULL, "arch") == ["l_arch_med", "l_arch_lat"]
    assert ids(FULL, "heel") == ["l_heel_med", "l_heel_lat"]
    assert ids(STARTER, "ball") == ids(STARTER, "mth1") == ids(STARTER, "mth45") == ["l_ball"]
    assert ids(STARTER, "arch_med") == ["l_arch"]
    assert ids(STARTER, "heel_lat") == ["l_heel"]
    for target in ("toes", "mth1", "mth23", "mth45", "arch_med", "arch_lat", "heel_med"):
        assert ids(FULL, target) == [f"l_{target}"]
    assert ids(small_layout(), "ball") == []


def test_bands_by_class() -> None:
    limits = limits_of(FULL, {"l_heel_med": 0, "r_heel_med": 2, "r_heel_lat": 2})
    assert bands(planned(routine(one()), limits=limits)) == {
        "l_heel_med": (20.0, 50.0),
        "l_heel_lat": (20.0, 50.0),
        "r_heel_med": (10.0, 25.0),
        "r_heel_lat": (10.0, 25.0),
    }
    asked = routine(one(band_kpa=(30.0, 120.0)))
    assert bands(planned(asked, limits=limits))["l_heel_lat"] == (30.0, 120.0)
    # Half of 30 to 120, then the whole band down until its top is 25.
    assert bands(planned(asked, limits=limits))["r_heel_med"] == (15.0 * 25 / 60, 25.0)


def test_no_band_ends_nearer_to_the_warning_than_80_per_cent() -> None:
    for top_kpa, kept in ((120.0, (60.0, 120.0)), (150.0, (60.0 * 120 / 150, 120.0))):
        plan = planned(routine(one(band_kpa=(60.0, top_kpa))))
        assert bands(plan)["l_heel_lat"] == pytest.approx(kept)


def test_standing_has_bands_of_its_own() -> None:
    both = one(band_kpa=(10.0, 40.0), standing_band_kpa=(20.0, 110.0))
    assert bands(planned(routine(both)))["l_heel_lat"] == (10.0, 40.0)
    standing, allowed = Variant(mode="standing"), limits_of(FULL, mode="standing")
    assert bands(planned(routine(both), limits=allowed, variant=standing))["l_heel_lat"] == (
        20.0,
        110.0,
    )
    sitting = one(band_kpa=(10.0, 40.0))
    assert bands(planned(routine(sitting), limits=allowed, variant=standing))["l_heel_lat"] == (
        10.0,
        40.0,
    )


def test_standing_is_told_in_words_of_its_own() -> None:
    standing, allowed = Variant(mode="standing"), limits_of(FULL, mode="standing")
    for name, words in (("reflex", "lean gently onto the toes of both feet"), ("full", "sit down")):
        plan = planned(name, limits=allowed, variant=standing)
        assert any(words in step.say for step in plan.steps)
        assert not any(words in step.say for step in planned(name).steps)
        for step in plan.steps:
            if step.action in ("hold", "rest"):
                assert step.say.startswith("Hold on, ")
    # Without them, the same words.
    assert planned(routine(one()), limits=allowed, variant=standing).steps[0].say == (
        "Press the heel of both feet"
    )


def test_relative_to_comfort_is_a_share_of_the_cap_else_of_the_warning() -> None:
    caps = {"l_heel_lat": 100.0}
    limits = limits_of(FULL, caps_kpa=caps)
    asked = routine(one(comfort=(0.25, 0.5)))
    found = bands(planned(asked, limits=limits, variant=Variant(caps_kpa=caps)))
    assert found["l_heel_lat"] == (25.0, 50.0)
    assert found["r_heel_lat"] == (37.5, 75.0)
    # A cap of 100 makes the warning 75, and 80 % of that are 60.
    high = routine(one(comfort=(0.45, 0.9)))
    found = bands(planned(high, limits=limits, variant=Variant(caps_kpa=caps)))
    assert found["l_heel_lat"] == pytest.approx((30.0, 60.0))


def test_a_band_never_reaches_down_to_where_there_is_no_contact() -> None:
    plan = planned(routine(one("hold", "toes", band_kpa=(1.0, 50.0))))
    for aim in plan.steps[0].aims:
        # 2 kPa of the zone's mean, times 4.5.
        assert aim.low_kpa == pytest.approx(9.0, rel=2e-3)
        assert aim.low_cn == int(limits_of(FULL).contact_cn[aim.index])


def test_a_zone_with_no_room_below_its_cap_is_left_out() -> None:
    caps = {"l_toes": 14.9}
    # Warning 11.175, 80 % of it 8.94: below the 9.0 at which toes are in contact at all.
    plan = planned(
        routine(one("hold", "toes")),
        limits=limits_of(FULL, caps_kpa=caps),
        variant=Variant(caps_kpa=caps),
    )
    assert [aim.zone for aim in plan.steps[0].aims] == ["r_toes"]
    assert plan.notes == (
        "A: without the toes of your left foot, your limit there is too low to aim at.",
    )
    caps = {"l_toes": 15.1}
    plan = planned(routine(one("hold", "toes")), limits=limits_of(FULL, caps_kpa=caps))
    assert [aim.zone for aim in plan.steps[0].aims] == ["l_toes", "r_toes"]


pressures = st.tuples(st.floats(0.01, 399), st.floats(0.01, 399)).map(
    lambda pair: (min(pair), max(pair) + 0.5)
)
shares = st.tuples(st.floats(0.001, 0.5), st.floats(0.51, 1.0))


def edited(warning_kpa: float) -> LimitEdit:
    figures = (min(warning_kpa, 150.0), warning_kpa, None, 400.0, None, 600.0)
    return LimitEdit("Dr A", "2026-01-02", "known", *figures)


zones = st.sampled_from(FULL.zone_ids)
profiles = st.builds(
    Profile,
    mode=st.sampled_from(["seated", "standing"]),
    classes=st.dictionaries(zones, st.integers(0, 3)),
    unset_class=st.integers(0, 3),
    edits=st.dictionaries(zones, st.floats(0.1, 250).map(edited)),
    caps_kpa=st.dictionaries(zones, st.floats(0.5, 1000)),
    foot_mm=st.sampled_from([None, (180.0, 60.0), (260.0, 98.0), (310.0, 120.0)]),
)


@given(profiles, st.one_of(st.none(), pressures), st.one_of(st.none(), shares))
def test_no_band_passes_80_per_cent_of_the_warning_whoever_it_is(
    profile: Profile, band: tuple[float, float] | None, comfort: tuple[float, float] | None
) -> None:
    limits = limits_for(FULL, profile)
    parts = ("toes", "ball", "arch", "heel")
    spec = routine(
        one("hold", *parts, band_kpa=band, comfort=None if band else comfort),
        one("stroke", *parts, standing_band_kpa=band),
    )
    variant = Variant(caps_kpa=profile.caps_kpa, mode=profile.mode)
    plan = plan_for(spec, FULL, limits, variant)
    if isinstance(plan, PlanRefused):
        assert plan.reason
        return
    for step in plan.steps:
        for aim in step.aims:
            assert limits.classes[aim.index] < 3
            assert aim.top_kpa <= 0.8 * limits.kpa("warning")[aim.index] + 1e-9
            assert 10 * aim.top_cn <= 8 * limits.cn("warning")[aim.index]
            assert limits.contact_cn[aim.index] <= aim.low_cn <= aim.top_cn
            if limits.classes[aim.index] == 2:
                assert aim.top_kpa <= 25


def test_a_foot_with_an_excluded_zone_is_left_out_whole() -> None:
    for name in SHIPPED[:4]:
        plan = planned(name, limits=limits_of(FULL, {"l_arch_med": 3}))
        assert plan.feet == ("right",)
        assert {aim.foot for step in plan.steps for aim in step.aims} == {"right"}
        note = "Your left foot is left out: a part of it must not be pressed."
        assert plan.notes[0] == note
    toes = planned("reflex", limits=limits_of(FULL, {"l_toes": 3})).steps[1]
    assert toes.say == "Press gently with the toes of your right foot, hold, then let go"


def test_no_foot_left_is_refused() -> None:
    limits = limits_of(FULL, {"l_arch_med": 3, "r_toes": 3})
    assert reason("gentle", limits=limits) == (
        "No foot is left for this routine. "
        "Your left foot is left out: a part of it must not be pressed. "
        "Your right foot is left out: a part of it must not be pressed."
    )
    one_foot = Variant(feet=("right",))
    assert "No foot is left" in reason("gentle", limits=limits, variant=one_foot)


def test_left_and_right_variants() -> None:
    for foot, other in (("left", "r_"), ("right", "l_")):
        variant = msgspec.convert({"feet": [foot]}, Variant)
        plan = planned("acupressure", variant=variant)
        assert plan.feet == (foot,)
        assert plan.notes == ()
        assert not any(aim.zone.startswith(other) for step in plan.steps for aim in step.aims)
        assert plan.steps[1].say.startswith(f"Press gently with the toes of your {foot} foot")


def test_holds_are_one_point_after_the_other() -> None:
    together = planned(routine(one("hold", "toes", "heel"))).steps
    assert [step.say for step in together] == [
        "Press the toes of both feet",
        "Press the heel of both feet",
    ]
    in_turn = planned(routine(one("hold", "toes", "heel", feet="in_turn"))).steps
    assert [step.say for step in in_turn] == [
        "Press the toes of your left foot",
        "Press the toes of your right foot",
        "Press the heel of your left foot",
        "Press the heel of your right foot",
    ]
    strokes = planned(routine(one("stroke", "toes", "heel", feet="in_turn"))).steps
    assert [[aim.zone for aim in step.aims] for step in strokes] == [
        ["l_toes", "l_heel_med", "l_heel_lat"],
        ["r_toes", "r_heel_med", "r_heel_lat"],
    ]


def test_a_zone_that_two_targets_mean_is_aimed_at_once() -> None:
    plan = planned(routine(one("tap", "mth1", "mth23", "toes")), STARTER)
    assert [aim.zone for aim in plan.steps[0].aims] == ["l_ball", "l_toes", "r_ball", "r_toes"]


def test_standing_is_not_for_fragile_or_excluded_zones() -> None:
    standing = Variant(mode="standing", feet=("right",))
    for skin in (2, 3):
        limits = limits_of(FULL, {"l_toes": skin}, mode="standing")
        assert reason("gentle", limits=limits, variant=standing) == (
            "Sit down for this: a part of your feet must not be stood on."
        )
    allowed = limits_of(FULL, {"l_toes": 1}, mode="standing")
    assert planned("gentle", limits=allowed, variant=standing).mode == "standing"
    assert reason("gentle", limits=limits_of(FULL), variant=standing) == (
        "Sit down for this: nobody has allowed you to stand on the mat."
    )
    # Who may stand may sit.
    assert planned("gentle", limits=allowed).mode == "seated"


def test_a_routine_for_one_mode_only() -> None:
    spec = routine(one(), modes=("seated",))
    standing = limits_of(FULL, mode="standing")
    assert (
        reason(spec, limits=standing, variant=Variant(mode="standing"))
        == "This routine is not for standing."
    )
    assert planned(spec).mode == "seated"


def test_deep_needs_class_0_throughout_and_a_clearance() -> None:
    variant = Variant(cleared=CLEARED)
    plain = limits_of(FULL, unset=0)
    assert planned("deep", limits=plain, variant=variant).feet == ("left", "right")
    assert reason("deep", limits=plain) == (
        "This routine is locked until a clinician has cleared it for you."
    )
    numb = limits_of(FULL, {"l_arch_med": 1}, unset=0)
    assert reason("deep", limits=numb, variant=variant) == (
        "This routine is only for feet with full feeling and sound skin."
    )
    # The other foot is not in use.
    right = Variant(cleared=CLEARED, feet=("right",))
    assert planned("deep", limits=numb, variant=right).feet == ("right",)
    # Limits as ever.
    tops = {top for _, top in bands(planned("deep", limits=plain, variant=variant)).values()}
    assert max(tops) <= 0.8 * 200


@pytest.mark.parametrize(
    "words", [{"who": "", "when": "2026-01-01"}, {"who": "Dr A", "when": ""},
              {"who": "Dr A", "when": "soon"}, {"who": "Dr A"}],
)  # fmt: skip
def test_a_clearance_has_a_name_and_a_date(words: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(words, Clearance)


def test_taps_need_40_frames_a_second() -> None:
    for rate_hz, taps in ((40.0, True), (39.9, False), (10.0, False)):
        plan = planned("full", variant=Variant(rate_hz=rate_hz))
        assert any(step.action == "tap" for step in plan.steps) == taps
        note = f"this mat looks {rate_hz:.0f} times a second and taps need 40."
        assert plan.notes == (() if taps else (f"Peppering taps: left out, {note}",))


def test_what_a_mat_lacks_is_left_out_with_a_sentence() -> None:
    mat = small_layout()
    plan = planned(routine(one("hold", "toes", "heel")), mat)
    assert [[aim.zone for aim in step.aims] for step in plan.steps] == [
        ["l_toes"], ["l_heel", "r_heel"],
    ]  # fmt: skip
    assert plan.notes == ("A: without the toes of your right foot, this mat has no zone there.",)
    strokes = planned(routine(one("stroke", "toes", "heel")), mat)
    assert [aim.zone for aim in strokes.steps[0].aims] == ["l_toes", "l_heel"]
    assert strokes.notes[1] == "A: without your right foot, one zone alone shows no way."


def test_a_mat_for_one_foot() -> None:
    left = small_toml(("l_toes", "l_heel")).split("[[zone]]")
    mat = parse_layout(
        "[[zone]]".join(left[:3]) + "[[cell]]" + left[3].split("[[cell]]", 1)[1], "x"
    )
    plan = planned(routine(one()), mat, limits_of(mat))
    assert plan.feet == ("left",)
    assert plan.notes == ("This mat has nothing under your right foot.",)


def test_nothing_left_to_do_is_refused() -> None:
    assert reason(routine(one("tap")), variant=Variant(rate_hz=10)) == (
        "Nothing of this routine is left for you now. "
        "A: left out, this mat looks 10 times a second and taps need 40."
    )
    assert "no zone there" in reason(routine(one("hold", "arch")), small_layout())


def stretches_s(plan: Plan) -> list[float]:
    """Longest times without a rest, going round twice."""
    lasts, now = [], 0
    for step in plan.steps * 2:
        now = 0 if step.action == "rest" else now + step.longest_us
        lasts.append(now / S)
    return lasts


@pytest.mark.parametrize("name", SHIPPED[:4])
def test_fragile_feet_rest_more_often_and_never_longer_than_half_an_hour(name: str) -> None:
    plain = planned(name)
    assert max(stretches_s(plain)) <= 840
    assert plain.stretch_us == 840 * S
    plan = planned(name, limits=limits_of(FULL, {"r_mth1": 2}))
    assert max(stretches_s(plan)) <= 270
    assert plan.stretch_us == 270 * S
    assert plan.longest_us <= 1770 * S
    note = "You rest more often: a part of your foot must not be loaded for long."
    assert note in plan.notes
    left_out = [n for n in plan.notes if n.startswith("Left out, to stay below half an hour: ")]
    assert bool(left_out) == (name == "acupressure")
    # A foot that does not take part changes nothing.
    right = Variant(feet=("right",))
    limits = limits_of(FULL, {"l_mth1": 2})
    assert planned(name, limits=limits, variant=right) == planned(name, variant=right)


def test_a_step_that_is_too_long_for_fragile_feet_is_cut() -> None:
    long = StepSpec("A", "Go", "stroke", 400.0, ("toes", "heel"), repetitions=3)
    plan = planned(routine(long), limits=limits_of(FULL, unset=2))
    assert [(step.action, step.longest_us // S) for step in plan.steps] == [
        ("stroke", 270), ("rest", 145),
    ]  # fmt: skip


def test_no_rest_follows_a_rest_or_comes_first() -> None:
    rest = StepSpec("Rest", "Off", "rest", 145.0)
    plan = planned(routine(rest, one("tap"), rest, one(), rest), variant=Variant(rate_hz=10))
    assert [step.action for step in plan.steps] == ["hold", "rest"]


def test_steps_keep_what_the_file_says() -> None:
    plan = planned("reflex")
    step: PlanStep = plan.steps[2]
    assert (step.name, step.repetitions, step.traditional) == (
        "Ball, middle", 10, ("solar plexus", "lungs"),
    )  # fmt: skip
    assert (step.hold_us, step.longest_us) == ((5 * S, 7 * S), 90 * S)
    rest = next(step for step in plan.steps if step.action == "rest")
    assert (rest.rest_us, rest.longest_us, rest.aims) == (122 * S, 145 * S, ())
