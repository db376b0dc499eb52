"""Questions before a session: what each yes does, what a clearance lifts, and what it never can."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.class_limits import CLASS_LIMITS
from core.clearance import LONGEST_DAYS, Clearance
from core.errors import MessageError, ProfileError
from core.layout import MatLayout, load_layout
from core.profiles import LimitEdit, Profile
from core.screening import Verdict, assess
from core.screening_answers import Answer
from core.screening_questions import BY_ID, QUESTIONS
from core.zone_limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Mapping

FULL = load_layout("full16")
LEFT = tuple(zone for zone in FULL.zone_ids if zone.startswith("l_"))
RIGHT = tuple(zone for zone in FULL.zone_ids if zone.startswith("r_"))
TODAY = "2026-03-10"
ALL_NO = {question.id: Answer(yes=False) for question in QUESTIONS}
GATED = ("ulcer_open", "ulcer_healed", "poor_circulation")


def cleared(question: str, *where: str, given: str = "2026-03-01", until: str = TODAY) -> Clearance:
    return Clearance(question, "Ada Ray", "podiatrist", given, until, where)


def judged(
    *clearances: Clearance,
    profile: Profile | None = None,
    layout: MatLayout = FULL,
    today: str = TODAY,
    also: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    **yes: tuple[str, ...],
) -> Verdict:
    """Answer no to everything but the questions that are named."""
    yes.update(also)
    answers = ALL_NO | {question: Answer(True, where) for question, where in yes.items()}
    return assess(answers, profile or Profile(), clearances, today, layout)


def test_a_no_to_everything_changes_nothing() -> None:
    profile = Profile(version=4, mode="standing", classes={"l_toes": 0})
    assert judged(profile=profile) == Verdict(
        allowed=True,
        profile=profile,
        blocked_feet=(),
        blocked_session=False,
        sentences=(),
        clearances_needed=(),
        unanswered=(),
    )


@pytest.mark.parametrize("left_out", [question.id for question in QUESTIONS])
def test_a_question_without_an_answer_is_not_a_no(left_out: str) -> None:
    answers = {question: answer for question, answer in ALL_NO.items() if question != left_out}
    verdict = assess(answers, Profile(), (), TODAY, FULL)
    assert (verdict.allowed, verdict.blocked_session) == (False, False)
    assert verdict.unanswered == (left_out,)
    assert verdict.sentences == (
        "Answer every question before the session. What is left out is not a no.",
    )


def test_the_list_of_questions() -> None:
    """A stored answer names its question: an id never changes."""
    assert list(BY_ID) == [
        "blood_clot", "numbness_worse", "ulcer_open", "infection", "broken_skin", "inflamed",
        "swollen", "sore", "ulcer_healed", "poor_circulation", "fragile_skin", "dizzy",
    ]  # fmt: skip
    assert all(question.ask.endswith((".", "?")) for question in QUESTIONS)


@pytest.mark.parametrize(
    "question", ["infection", "broken_skin", "inflamed", "swollen", "sore", "ulcer_open"]
)
def test_what_must_not_be_touched_leaves_out_its_foot(question: str) -> None:
    verdict = judged(cleared(question), also={question: ("l_heel_med",)})
    assert verdict.profile.classes == {"l_heel_med": 3}
    assert (verdict.allowed, verdict.blocked_feet) == (True, ("left",))
    assert any(
        text.endswith(
            "left heel. Keep your left foot off the mat today, and show it to your care team."
        )
        for text in verdict.sentences
    )


def test_both_feet_left_out_leave_no_session() -> None:
    verdict = judged(sore=("l_toes", "right"))
    assert (verdict.allowed, verdict.blocked_session) == (False, True)
    assert verdict.blocked_feet == ("left", "right")
    assert verdict.sentences == (
        "Sore: left toes and right foot. Keep your feet off the mat today, "
        "and show it to your care team.",
        "There is no session today: no foot is left that may be pressed.",
    )


def test_fragile_skin_is_class_2_there_and_not_stood_on() -> None:
    verdict = judged(fragile_skin=("l_toes", "r_mth1", "r_mth23"), profile=Profile(mode="standing"))
    assert verdict.profile == Profile(classes={"l_toes": 2, "r_mth1": 2, "r_mth23": 2})
    assert (verdict.allowed, verdict.blocked_feet) == (True, ())
    assert verdict.sentences == (
        "Fragile skin: left toes and right ball. Press gently; your limit there is low.",
        "Sit for this session. Some of your skin must not be stood on.",
    )


def test_nobody_is_told_to_sit_for_a_session_that_there_is_not() -> None:
    verdict = judged(poor_circulation=(), profile=Profile(mode="standing"))
    assert verdict.profile.mode == "seated"
    assert len(verdict.sentences) == 1
    assert verdict.sentences[0].startswith("Ask your doctor")


@pytest.mark.parametrize("where", [(), ("left", "right"), LEFT + RIGHT])
def test_a_yes_that_names_no_place_holds_everywhere(where: tuple[str, ...]) -> None:
    verdict = judged(fragile_skin=where)
    assert limits_for(FULL, verdict.profile).classes.tolist() == [2] * 16
    assert verdict.sentences[0].startswith("Fragile skin: left foot and right foot.")


def test_dizziness_is_seated_only_and_changes_no_class() -> None:
    verdict = judged(dizzy=(), profile=Profile(mode="standing"))
    assert verdict.profile == Profile(mode="seated")
    assert verdict.sentences == ("Sit for this session. You could fall when you stand.",)
    assert verdict.allowed


@pytest.mark.parametrize("question", ["blood_clot", "numbness_worse"])
def test_a_clot_or_worse_numbness_blocks_whatever_was_cleared(question: str) -> None:
    verdict = judged(cleared(question), also={question: ()})
    assert (verdict.allowed, verdict.blocked_session) == (False, True)
    assert verdict.clearances_needed == ()
    assert verdict.sentences == (BY_ID[question].say,)


@pytest.mark.parametrize("question", GATED)
def test_a_gate_opens_by_a_clearance_only(question: str) -> None:
    shut = judged(also={question: ("left",)})
    assert (shut.allowed, shut.blocked_session) == (False, True)
    (needed,) = shut.clearances_needed
    assert (needed.question, needed.zones, needed.ended_on) == (question, LEFT, None)
    assert shut.sentences[0] == (
        f"Ask your doctor or foot clinic about {BY_ID[question].about} before you use the mat, "
        "and record who cleared it."
    )
    opened = judged(cleared(question), also={question: ("left",)})
    assert (opened.allowed, opened.blocked_session, opened.clearances_needed) == (True, False, ())
    assert opened.profile == shut.profile
    assert opened.sentences[0] == (
        f"Ada Ray, podiatrist, cleared the mat for {BY_ID[question].about} until 10 March 2026."
    )


def test_an_ulcer_stays_class_3_whatever_was_cleared() -> None:
    verdict = judged(cleared("ulcer_open"), ulcer_open=("r_toes",))
    assert verdict.profile.classes == {"r_toes": 3}
    assert verdict.blocked_feet == ("right",)


@pytest.mark.parametrize(
    ("today", "holds"),
    [("2026-02-28", False), ("2026-03-01", True), ("2026-03-10", True), ("2026-03-11", False)],
)
def test_a_clearance_holds_from_its_first_to_its_last_day(today: str, holds: bool) -> None:
    verdict = judged(cleared("poor_circulation"), today=today, poor_circulation=())
    assert verdict.allowed is holds


def test_a_clearance_that_ended_is_named() -> None:
    older = cleared("poor_circulation", given="2026-01-01", until="2026-02-01")
    newer = cleared("poor_circulation", given="2026-01-01", until="2026-03-09")
    verdict = judged(older, newer, poor_circulation=("left",))
    assert verdict.clearances_needed[0].ended_on == "2026-03-09"
    assert verdict.sentences[0].startswith("The clearance ended on 9 March 2026. Ask your doctor")
    assert len(verdict.sentences) == 1


def test_a_clearance_covers_the_places_that_it_names() -> None:
    for where in (("l_toes", "r_mth1"), ("left", "r_mth1"), ("left", "right"), ()):
        assert judged(cleared("ulcer_healed", *where), ulcer_healed=("l_toes", "r_mth1")).allowed
    verdict = judged(cleared("ulcer_healed", "left"), ulcer_healed=("l_toes", "r_mth1"))
    (needed,) = verdict.clearances_needed
    assert (needed.zones, needed.ended_on) == (("r_mth1",), None)
    assert not verdict.allowed
    halves = (cleared("ulcer_healed", "l_toes"), cleared("ulcer_healed", "r_mth1"))
    assert judged(*halves, ulcer_healed=("l_toes", "r_mth1")).allowed
    assert not judged(halves[0], ulcer_healed=()).allowed


def test_a_clearance_of_another_question_or_another_mat_opens_nothing() -> None:
    assert not judged(cleared("ulcer_healed"), poor_circulation=()).allowed
    assert not judged(cleared("ulcer_healed", "l_heel"), ulcer_healed=("l_heel_med",)).allowed


def test_nothing_is_to_be_pressed_gently_on_a_foot_that_is_left_out() -> None:
    verdict = judged(fragile_skin=("l_toes", "r_toes"), sore=("l_mth1",))
    assert verdict.sentences[1].startswith("Fragile skin: right toes.")
    assert len(judged(fragile_skin=("l_toes",), sore=("l_mth1",)).sentences) == 1


def test_a_foot_that_the_profile_keeps_off_is_left_out() -> None:
    verdict = judged(profile=Profile(classes={"r_heel_med": 3, "r_heel_lat": 3}))
    assert (verdict.allowed, verdict.blocked_feet) == (True, ("right",))
    assert verdict.sentences == (
        "Keep your right foot off the mat. Your profile says keep off: right heel.",
    )
    nothing_left = judged(profile=Profile(unset_class=3))
    assert (nothing_left.allowed, nothing_left.blocked_session) == (False, True)


def test_a_class_3_of_the_profile_is_not_made_2() -> None:
    verdict = judged(fragile_skin=("l_toes",), profile=Profile(classes={"l_toes": 3}))
    assert verdict.profile.classes == {"l_toes": 3}


def test_a_mat_for_one_foot_has_no_session_without_it() -> None:
    cells = tuple(cell for cell in FULL.spec.cell if cell.zone in LEFT)
    zones = tuple(zone for zone in FULL.spec.zone if zone.id in LEFT)
    one = MatLayout(msgspec.structs.replace(FULL.spec, zone=zones, cell=cells))
    assert judged(layout=one, sore=("l_toes",)).blocked_session
    assert judged(layout=one).allowed


def edited(**figures: float) -> Profile:
    return Profile(edits={"l_toes": LimitEdit("Ray", "2026-01-01", "why", **figures)})


def test_an_edit_does_not_put_back_the_limits_of_the_class_before() -> None:
    profile = edited(warning_kpa=200.0, warning_s=4.0, limit_kpa=300.0, limit_s=0.25)
    row = judged(fragile_skin=("l_toes",), profile=profile).profile.row("l_toes")
    assert asdict(row) == asdict(CLASS_LIMITS[2]) | {"limit_s": 0.25}


def test_an_edit_that_is_stricter_stays() -> None:
    verdict = judged(fragile_skin=("l_toes",), profile=edited(advisory_kpa=30.0, warning_kpa=40.0))
    row = verdict.profile.row("l_toes")
    assert (row.advisory_kpa, row.warning_kpa, row.limit_kpa) == (30.0, 40.0, 100.0)
    assert verdict.profile.edits["l_toes"].why == "why"


def test_an_edit_elsewhere_is_left_alone() -> None:
    profile = edited(limit_kpa=300.0)
    assert judged(fragile_skin=("l_mth1",), profile=profile).profile.edits == profile.edits
    assert judged(sore=("l_toes",), profile=profile).profile.edits == profile.edits


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("rash", Answer(yes=False)),
        ("sore", Answer(yes=True, where=("l_heel",))),
        ("sore", Answer(yes=True, where=("middle",))),
        ("sore", Answer(yes=False, where=("l_toes",))),
        ("poor_circulation", Answer(yes=True, where=("l_toes",))),
        ("dizzy", Answer(yes=True, where=("left",))),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(question: str, answer: Answer) -> None:
    with pytest.raises(MessageError, match=question):
        assess(ALL_NO | {question: answer}, Profile(), (), TODAY, FULL)


def test_a_profile_of_another_mat_or_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ProfileError, match="l_heel"):
        judged(profile=Profile(classes={"l_heel": 3}))
    with pytest.raises(MessageError, match="no 2026-02-30"):
        judged(today="2026-02-30")


@pytest.mark.parametrize(("days", "ok"), [(-1, False), (0, True), (366, True), (367, False)])
def test_a_clearance_ends_within_a_year(days: int, ok: bool) -> None:
    assert LONGEST_DAYS == 366
    first = datetime.date(2026, 3, 1)
    raw = {
        "question": "poor_circulation", "who": "Ada Ray", "role": "nurse",
        "given_on": first.isoformat(),
        "expires_on": (first + datetime.timedelta(days)).isoformat(),
    }  # fmt: skip
    if ok:
        assert msgspec.convert(raw, Clearance).expires_on == raw["expires_on"]
        return
    with pytest.raises(msgspec.ValidationError, match="must end"):
        msgspec.convert(raw, Clearance)
    with pytest.raises(MessageError, match="must end"):
        cleared("sore", given=raw["given_on"], until=raw["expires_on"])


@pytest.mark.parametrize("field", ["who", "role", "given_on", "expires_on"])
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_a_clearance_has_a_name_a_role_and_two_dates(field: str, empty: str | None) -> None:
    raw = msgspec.to_builtins(cleared("poor_circulation")) | {field: empty}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(raw, Clearance)


PLACES = {
    "person": st.just(()),
    "foot": st.lists(st.sampled_from(["left", "right"]), max_size=2).map(tuple),
    "zone": st.lists(st.sampled_from(["left", *FULL.zone_ids]), max_size=3).map(tuple),
}


@st.composite
def answer_sets(draw: st.DrawFn) -> dict[str, Answer]:
    answers = {}
    for question in QUESTIONS:
        said = draw(st.sampled_from([True, False, False, None]))
        if said is not None:
            where = draw(PLACES[question.where]) if said else ()
            answers[question.id] = Answer(said, where)
    return answers


FIGURES = st.fixed_dictionaries(
    {},
    optional={
        "advisory_kpa": st.floats(4.67, 50), "warning_kpa": st.floats(50, 75),
        "warning_s": st.floats(0, 5), "limit_s": st.floats(0, 0.5),
        "limit_kpa": st.floats(200, 400), "ceiling_kpa": st.floats(400, 600),
    },
)  # fmt: skip
ZONES = st.sampled_from(FULL.zone_ids)


def accepted(profile: Profile) -> bool:
    """Whether a mat would take it: an edit must rise on the class of its zone, too."""
    try:
        profile.check(FULL.zone_ids)
    except ProfileError:
        return False
    return True


PROFILES = st.builds(
    Profile,
    mode=st.sampled_from(["seated", "standing"]),
    classes=st.dictionaries(ZONES, st.integers(0, 3), max_size=5),
    unset_class=st.integers(0, 2),
    edits=st.dictionaries(ZONES, FIGURES.map(lambda f: LimitEdit("a", "b", "c", **f)), max_size=4),
    caps_kpa=st.dictionaries(ZONES, st.floats(20, 300), max_size=3),
).filter(accepted)
CLEARANCES = st.lists(
    st.builds(
        cleared,
        st.sampled_from(list(BY_ID)),
        until=st.sampled_from(["2026-03-09", TODAY, "2026-08-01"]),
    ),
    max_size=6,
)


def loosened(profile: Profile, than: Profile) -> list[str]:
    """Zones with any figure above that of another profile."""
    return [
        zone
        for zone in FULL.zone_ids
        if profile.class_of(zone) < than.class_of(zone)
        or (
            profile.class_of(zone) < 3
            and any(
                mine > asdict(than.row(zone))[name]
                for name, mine in asdict(profile.row(zone)).items()
            )
        )
    ]


@given(answer_sets(), PROFILES, CLEARANCES)
def test_no_answer_and_no_clearance_loosens_anything(
    answers: dict[str, Answer], profile: Profile, clearances: list[Clearance]
) -> None:
    verdict = assess(answers, profile, clearances, TODAY, FULL)
    assert loosened(verdict.profile, profile) == []
    assert (verdict.profile.mode, profile.mode) != ("standing", "seated")
    assert verdict.profile == assess(answers, profile, (), TODAY, FULL).profile
    wanted = {"version", "foot_mm", "body_mass_kg", "unset_class", "caps_kpa"}
    assert all(getattr(verdict.profile, name) == getattr(profile, name) for name in wanted)
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


@given(answer_sets(), PROFILES, CLEARANCES)
def test_what_a_session_is_allowed_by(
    answers: dict[str, Answer], profile: Profile, clearances: list[Clearance]
) -> None:
    verdict = assess(answers, profile, clearances, TODAY, FULL)
    yes = {question for question, answer in answers.items() if answer.yes}
    lifted = {each.question for each in clearances if each.expires_on >= TODAY}
    gates = (yes & set(GATED)) - lifted
    both_off = verdict.blocked_feet == ("left", "right")
    blocked = bool(yes & {"blood_clot", "numbness_worse"} or gates or both_off)
    assert verdict.blocked_session == blocked
    assert verdict.allowed == (not blocked and len(answers) == len(QUESTIONS))
    assert {needed.question for needed in verdict.clearances_needed} == gates
    for foot, zones in (("left", LEFT), ("right", RIGHT)):
        off = any(verdict.profile.class_of(zone) == 3 for zone in zones)
        assert (foot in verdict.blocked_feet) == off
    assert verdict.allowed or verdict.sentences


@given(answer_sets(), PROFILES, st.sampled_from(QUESTIONS))
def test_one_more_yes_never_loosens(
    answers: dict[str, Answer], profile: Profile, question: object
) -> None:
    assert isinstance(question, type(QUESTIONS[0]))
    before = assess(answers, profile, (), TODAY, FULL)
    after = assess(answers | {question.id: Answer(yes=True)}, profile, (), TODAY, FULL)
    assert loosened(after.profile, before.profile) == []
    assert set(after.blocked_feet) >= set(before.blocked_feet)
    if question.id not in answers or not answers[question.id].yes:
        assert after.blocked_session >= before.blocked_session


def test_the_document_says_of_each_question_what_a_yes_does() -> None:
    text = (Path(__file__).parents[2] / "docs" / "screening.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    assert list(rows) == list(BY_ID)
    for question in QUESTIONS:
        row = rows[question.id]
        assert question.ask in row
        assert question.say in row
        assert f"| {question.where} |" in row
        assert (f"class {question.to_class} there" in row) is (question.to_class is not None)
        assert ("whatever was cleared" in row) is question.blocks_session
        assert ("without a clearance" in row) is question.needs_clearance
