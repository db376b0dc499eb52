"""The comfort mapping, played by a person on paper: what it takes, refuses and caps."""

from __future__ import annotations

from dataclasses import asdict

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.class_limits import CLASS_LIMITS
from core.comfort import FASTEST_KPA_S, TABLE, ComfortMapping, Input, Phase
from core.comfort_map import LEAST_CAP_KPA, ComfortMap, due_on, is_due, with_comfort
from core.engine import Engine
from core.errors import MatError, MessageError, ProfileError
from core.profiles import LimitEdit, Profile
from core.zone_limits import limits_for
from tests.core.support import cut, force_frames, small_layout

LAYOUT = small_layout()
ZONES = LAYOUT.zone_ids
DAY = "2026-03-31"


class Person:
    """Someone who presses one zone at a time, as hard as is said, at 20 frames a second."""

    def __init__(self, profile: Profile | None = None, rate_hz: int = 20) -> None:
        profile = profile or Profile()
        self.mapping = ComfortMapping(LAYOUT, profile)
        bare = msgspec.structs.replace(profile, caps_kpa={})
        self.engine = Engine(LAYOUT, bare)
        self.per_n = limits_for(LAYOUT, bare).scale.peak_kpa_per_n
        self.step_us = 1_000_000 // rate_hz
        self.n = 0

    @property
    def asked(self) -> str:
        assert self.mapping.zone is not None
        return self.mapping.zone.id

    def phase(self) -> Phase:
        """Where it stands now; a call, for an attribute may not change in the eyes of mypy."""
        return self.mapping.phase

    def press_cn(self, *forces_cn: int, zone: int | None = None, valid: bool = True) -> None:
        """Press the zone that is asked for, or another, one frame for each force."""
        for force_cn in forces_cn:
            at = ZONES.index(self.asked) if zone is None else zone
            row = [force_cn if each == at else 0 for each in range(3)]
            good = [valid or each != at for each in range(3)]
            frames = force_frames([self.n * self.step_us], [row], [good], self.n)
            self.n += 1
            self.mapping.take(self.engine.feed_forces(frames))

    def press(self, *kpas: float, zone: int | None = None) -> None:
        at = ZONES.index(self.asked) if zone is None else zone
        for kpa in kpas:
            self.press_cn(round(kpa / self.per_n[at] * 100), zone=at)

    def rise(self, to_kpa: float, kpa_s: float = 15.0) -> None:
        """Press harder and harder from nothing, until there or until it is another phase."""
        self.press(0)
        kpa, at = 0.0, ZONES.index(self.asked)
        while self.phase() is Phase.PRESSING and kpa < to_kpa:
            kpa = min(kpa + kpa_s * self.step_us / 1e6, to_kpa)
            self.press(kpa, zone=at)

    def hold(self, kpa: float) -> None:
        self.rise(kpa)
        self.press(*[kpa] * 10)

    def tender_at(self, kpa: float) -> None:
        self.hold(kpa)
        self.mapping.answer(Input.TENDER)


def test_a_mapping_goes_zone_by_zone_and_keeps_the_estimated_peaks() -> None:
    person = Person()
    seen = []
    for kpa in (80.5, 40.5):
        seen.append((person.asked, person.mapping.progress))
        person.tender_at(kpa)
    person.rise(200)
    assert seen == [("l_toes", (0, 3)), ("l_heel", (1, 3))]
    assert (person.phase(), person.mapping.progress) == (Phase.DONE, (3, 3))
    assert person.mapping.result(DAY) == ComfortMap(
        DAY, {"l_toes": 80, "l_heel": 40, "r_heel": None}
    )
    assert person.mapping.zone is None
    assert person.mapping.peak_est_kpa is None
    assert person.mapping.prompt == "You are done. Take your feet off the mat."


def test_it_says_what_to_do() -> None:
    person = Person()
    person.mapping.answer(Input.SKIP)
    assert person.mapping.prompt == (
        "Bear less on your left ball, inner side, until it only just touches."
    )
    person.press(0)
    assert person.mapping.prompt == (
        "Press slowly on your left ball, inner side. Say when it becomes tender."
    )
    person.mapping.answer(Input.SKIP)
    person.mapping.answer(Input.SKIP)
    assert person.mapping.progress == (3, 3)


def test_a_mark_takes_the_mean_of_a_quarter_of_a_second() -> None:
    """At 20 frames a second those are five, the newest among them."""
    person = Person()
    person.hold(40)
    person.press(42, 44, 46, 48, 50)
    person.mapping.answer(Input.TENDER)
    assert person.mapping.found_kpa == {"l_toes": 46}
    person.hold(40)
    person.press(50.1, 50.1, 50.1, 50.1)
    assert person.mapping.peak_est_kpa == pytest.approx((40 + 4 * 50.1) / 5, abs=0.1)


def test_a_press_begins_at_half_of_what_is_advised() -> None:
    person = Person()
    half_cn = int(limits_for(LAYOUT, Profile()).cn("advisory")[0]) // 2
    person.press_cn(half_cn + 1)
    assert person.phase() is Phase.LIGHTEN
    person = Person()
    person.press_cn(half_cn)
    assert person.phase() is Phase.PRESSING


def test_the_warning_ends_a_press_without_a_mark() -> None:
    person = Person()
    warning_cn = int(limits_for(LAYOUT, Profile()).cn("warning")[0])
    person.hold(140)
    person.press(*[140] * 10)
    person.press_cn(*[warning_cn - 1] * 9)
    assert (person.asked, person.phase()) == ("l_toes", Phase.PRESSING)
    person.press_cn(*[warning_cn] * 4)
    assert person.asked == "l_toes"
    person.press_cn(warning_cn)
    assert (person.asked, person.phase()) == ("l_heel", Phase.LIGHTEN)
    assert person.mapping.found_kpa == {"l_toes": None}


def test_a_rise_of_20_kpa_in_a_second_is_taken_and_a_faster_one_refused() -> None:
    person = Person()
    pace_cn = int(FASTEST_KPA_S / person.per_n[0] * 100)
    person.press_cn(0, *[pace_cn] * 3)
    assert person.phase() is Phase.PRESSING
    person.press_cn(pace_cn + 1)
    assert (person.asked, person.phase()) == ("l_toes", Phase.LIGHTEN)
    assert person.mapping.refusal == (
        "That was too fast. Let go, and take ten seconds for the next press."
    )
    person.press(0)
    assert (person.phase(), person.mapping.refusal) == (Phase.PRESSING, "")


def test_a_rise_is_one_within_a_second() -> None:
    """From the frame of one second before; what came earlier is past."""
    pace_cn = int(FASTEST_KPA_S / Person().per_n[0] * 100)
    for light, phase in ((20, Phase.LIGHTEN), (21, Phase.PRESSING)):
        person = Person()
        person.press_cn(0, *[100] * (light - 1), pace_cn + 1)
        assert person.phase() is phase


def test_a_jab_that_passes_the_warning_counts_for_nothing() -> None:
    person = Person()
    person.press(0, 0, 300, 300, 300, 300, 300, 300)
    assert (person.asked, person.phase(), person.mapping.found_kpa) == (
        "l_toes", Phase.LIGHTEN, {},
    )  # fmt: skip


def test_a_mark_without_contact_is_refused() -> None:
    person = Person()
    contact_cn = int(limits_for(LAYOUT, Profile()).contact_cn[0])
    person.press_cn(*[contact_cn - 1] * 6)
    person.mapping.answer(Input.TENDER)
    assert person.mapping.refusal == (
        "Nothing presses on your left toes. Press first, then say so."
    )
    assert (person.phase(), person.mapping.found_kpa) == (Phase.PRESSING, {})
    person.press_cn(*[contact_cn] * 6)
    person.mapping.answer(Input.TENDER)
    assert person.mapping.found_kpa == {"l_toes": 9}


def test_a_zone_without_a_reading_is_begun_anew() -> None:
    """Half a second counts for nothing, a frame longer does."""
    person = Person()
    person.hold(40)
    cn = round(40 / person.per_n[0] * 100)
    person.press_cn(*[cn] * 10, valid=False)
    assert person.phase() is Phase.PRESSING
    person.press_cn(cn, valid=False)
    assert (person.phase(), person.mapping.peak_est_kpa) == (Phase.LIGHTEN, None)
    refusal = "No reading under your left toes. Check its cable, or skip it."
    assert person.mapping.refusal == refusal
    person.press_cn(cn, valid=False)
    assert (person.phase(), person.mapping.refusal) == (Phase.LIGHTEN, refusal)
    person.press(0)
    assert (person.phase(), person.mapping.refusal) == (Phase.PRESSING, "")


def test_a_bad_frame_is_no_value_and_does_not_repeat_the_last() -> None:
    person = Person()
    person.hold(40)
    person.press(50.1)
    person.press_cn(*[99_999] * 4, valid=False)
    person.mapping.answer(Input.TENDER)
    assert person.mapping.found_kpa == {"l_toes": 42}


def test_a_cap_of_before_neither_ends_a_press_nor_is_asked() -> None:
    person = Person(Profile(caps_kpa={"l_toes": 30.0}))
    person.tender_at(100.5)
    assert person.mapping.found_kpa == {"l_toes": 100}


def test_the_warning_of_a_stricter_class_ends_it_sooner() -> None:
    person = Person(Profile(classes={"l_toes": 2}))
    person.rise(76)
    person.press(*[76] * 5, zone=0)
    assert person.mapping.found_kpa == {"l_toes": None}


def test_a_foot_with_a_zone_to_keep_off_is_not_asked() -> None:
    person = Person(Profile(classes={"l_heel": 3}))
    assert (person.asked, person.mapping.progress) == ("r_heel", (0, 1))
    with pytest.raises(MatError, match="no zone may be pressed"):
        ComfortMapping(LAYOUT, Profile(classes={"l_heel": 3, "r_heel": 3}))


def test_to_stop_keeps_what_was_found_and_takes_no_more() -> None:
    person = Person()
    person.tender_at(50.5)
    with pytest.raises(MatError, match="not done"):
        person.mapping.result(DAY)
    person.press(0)
    person.mapping.answer(Input.STOP)
    assert person.mapping.result(DAY).found_kpa == {"l_toes": 50}
    person.press(0, 10, zone=1)
    assert person.mapping.result(DAY).found_kpa == {"l_toes": 50}


def test_what_is_no_answer_is_refused() -> None:
    person = Person()
    with pytest.raises(MatError, match="tender is no answer while lighten"):
        person.mapping.answer(Input.TENDER)
    with pytest.raises(MatError, match="light is no answer"):
        person.mapping.answer(Input.LIGHT)
    person.mapping.answer(Input.STOP)
    for said in Input:
        with pytest.raises(MatError, match="while done"):
            person.mapping.answer(said)


def test_the_table_in_the_head_is_the_table() -> None:
    import core.comfort  # noqa: PLC0415

    rows = [line for line in (core.comfort.__doc__ or "").splitlines() if line.startswith("| ")]
    written = set()
    for row in rows[1:]:
        phase, given, to = (cell.strip() for cell in row.strip("|").split("|")[:3])
        for each in ("LIGHTEN", "PRESSING") if phase == "both" else (phase,):
            written.add((Phase[each], Input[given], Phase[to]))
    assert written == {(*key, to) for key, to in TABLE.items()}


EDIT = LimitEdit(
    "a", "b", "c", advisory_kpa=40.0, warning_kpa=60.0, limit_kpa=80.0, ceiling_kpa=90.0
)

STRETCHES = st.lists(
    st.tuples(
        st.sampled_from([0, 5, 30, 60, 140, 151, 250]),
        st.integers(1, 25),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=12,
)


@pytest.mark.unmeasured
@settings(max_examples=50)
@given(STRETCHES, st.lists(st.integers(1, 300), max_size=5), st.sampled_from([10, 20, 80]))
def test_batches_change_nothing(
    stretches: list[tuple[int, int, bool]], at: list[int], rate_hz: int
) -> None:
    kpas, good = [0.0], [True]
    for to_kpa, n_frames, valid in stretches:
        steps = [kpas[-1] + (to_kpa - kpas[-1]) * (i + 1) / n_frames for i in range(n_frames)]
        kpas, good = kpas + steps, good + [valid] * n_frames
    per_n = limits_for(LAYOUT, Profile()).scale.peak_kpa_per_n
    force = [[round(kpa / scale * 100) for scale in per_n] for kpa in kpas]
    t_us = [n * 1_000_000 // rate_hz for n in range(len(kpas))]
    frames = force_frames(t_us, force, [[each] * 3 for each in good])
    ends = []
    for parts in (
        [frames],
        cut(frames, [each for each in at if each < len(frames)]),
        cut(frames, range(len(frames))),
    ):
        mapping, engine = ComfortMapping(LAYOUT, Profile()), Engine(LAYOUT, Profile())
        for part in parts:
            mapping.take(engine.feed_forces(part))
        ends.append(
            (mapping.phase, mapping.refusal, mapping.found_kpa, mapping.zone, mapping.peak_est_kpa)
        )
    assert ends[0] == ends[1] == ends[2]


@settings(max_examples=25)
@given(
    st.integers(0, 2),
    st.floats(2, 250),
    st.floats(5, 60),
    st.sampled_from([10, 20, 40]),
)
def test_what_is_found_lies_below_the_warning_and_at_what_was_pressed(
    chosen: int, to_kpa: float, kpa_s: float, rate_hz: int
) -> None:
    person = Person(Profile(unset_class=chosen), rate_hz)
    person.rise(to_kpa, kpa_s)
    if person.phase() is Phase.PRESSING:
        person.mapping.answer(Input.TENDER)
    found = person.mapping.found_kpa.get("l_toes")
    if found is not None:
        assert found < CLASS_LIMITS[chosen].warning_kpa
        assert found <= to_kpa + 0.1
        assert found >= to_kpa - kpa_s / 4 - 1.1
    if kpa_s > FASTEST_KPA_S + 0.5 and to_kpa > FASTEST_KPA_S + 0.5:
        assert person.mapping.found_kpa == {}


def test_caps_make_the_next_version_of_a_profile() -> None:
    before = Profile(version=6, classes={"r_heel": 2}, caps_kpa={"l_heel": 90.0, "r_heel": 70.0})
    after = with_comfort(before, ComfortMap(DAY, {"l_toes": 120, "r_heel": None}))
    assert after == Profile(
        version=7, classes={"r_heel": 2}, caps_kpa={"l_heel": 90.0, "l_toes": 120.0}
    )
    assert after.row("l_toes").limit_kpa == 120.0


def test_a_cap_may_rise_again() -> None:
    before = Profile(caps_kpa={"l_toes": 50.0})
    assert with_comfort(before, ComfortMap(DAY, {"l_toes": 80})).caps_kpa == {"l_toes": 80.0}


def test_a_cap_has_a_least_and_below_it_the_zone_is_to_be_kept_off() -> None:
    found = ComfortMap(DAY, {"l_toes": LEAST_CAP_KPA, "l_heel": LEAST_CAP_KPA - 1})
    assert found.keep_off == ("l_heel",)
    after = with_comfort(Profile(), found)
    assert after.classes == {"l_heel": 3}
    assert after.caps_kpa == {"l_toes": 20.0, "l_heel": 20.0}
    assert with_comfort(Profile(), found, declined=("l_heel",)).classes == {}
    with pytest.raises(MatError, match="nothing was proposed for l_toes"):
        with_comfort(Profile(), found, declined=("l_toes", "l_heel"))


@given(
    st.dictionaries(st.sampled_from(ZONES), st.none() | st.integers(0, 1000)),
    st.dictionaries(st.sampled_from(ZONES), st.integers(0, 3)),
    st.sampled_from([{}, {"l_toes": EDIT}]),
)
def test_a_cap_lies_between_its_least_and_the_limit_of_the_class(
    found_kpa: dict[str, int | None], classes: dict[str, int], edits: dict[str, LimitEdit]
) -> None:
    before = Profile(classes=classes, edits=edits)
    found = ComfortMap(DAY, found_kpa)
    after = with_comfort(before, found)
    for zone, cap in after.caps_kpa.items():
        assert LEAST_CAP_KPA <= cap <= before.row(zone).limit_kpa
    for zone in ZONES:
        assert after.class_of(zone) >= before.class_of(zone)
        assert (zone in after.caps_kpa) == (found_kpa.get(zone) is not None)
        if after.class_of(zone) < 3:
            row, was = asdict(after.row(zone)), asdict(before.row(zone))
            assert all(row[name] <= was[name] for name in row)
    assert msgspec.json.decode(msgspec.json.encode(found), type=ComfortMap) == found


def test_an_edit_beyond_the_bounds_is_refused() -> None:
    edits = {"l_toes": LimitEdit("a", "b", "c", limit_kpa=500.0)}
    with pytest.raises(ProfileError, match="l_toes"):
        with_comfort(Profile(edits=edits), ComfortMap(DAY, {"l_toes": 100}))
    with pytest.raises(ProfileError, match="l_toes"):
        ComfortMapping(LAYOUT, Profile(edits=edits))


def test_a_mapping_is_due_a_month_later() -> None:
    found = ComfortMap("2026-01-31", {"l_toes": None})
    assert due_on(found) == "2026-02-28"
    assert (is_due(found, "2026-02-27"), is_due(found, "2026-02-28")) == (False, True)
    assert is_due(None, "2026-02-01")
    assert is_due(ComfortMap("2026-01-31", {}), "2026-02-01")
    with pytest.raises(MessageError, match="no 2026-02-31"):
        due_on(ComfortMap("2026-02-31", {}))
