"""The slow reference by itself, against times and figures worked out by hand.

Zone 0 has 36 cm² and a ratio of 4.5: 1 kPa of its estimated peak is 80 units of 0.01 N.
"""

from __future__ import annotations

import pytest

from tests.core.reference import Frame, Reference
from tests.core.reference_limits import Person, bounds_of, row_of, seated_cn, weight_cn
from tests.core.signals_made_acts import FOOT_MM, PLATES, QUIET, Beat

MS = 1_000
S = 1_000_000
PERSON = Person((1, 1, 1), FOOT_MM)
FRAGILE = PERSON._replace(classes=(2, 2, 2))
LOST = Beat(0, valid=False)
CONTACT = Beat(720)
DAY_US = 24 * 3600 * S

Said = list[tuple[float, int | None, str, str, str]]


class Sheet:
    """A mat that frames and people come to, and what it has said since last asked."""

    def __init__(self, person: Person = PERSON) -> None:
        self.engine = Reference(PLATES, FOOT_MM, person)
        self.t_us = 0
        self.figures: list[tuple[float | None, float | None]] = []

    def run(self, n: int, *beats: Beat, step_us: int = 100 * MS, gap_us: int = 0) -> Said:
        """Feed frames that are alike, the first at once or after a gap."""
        row = [*beats, *[QUIET] * (len(PLATES) - len(beats))]
        said: Said = []
        self.t_us += gap_us
        for _ in range(n):
            events = self.engine.feed(Frame(self.t_us, *map(tuple, zip(*row, strict=True))))
            said += [(e.t_us / S, e.zone, e.rule, e.state, e.priority) for e in events]
            self.figures += [(e.value, e.limit) for e in events]
            self.t_us += step_us
        return said

    def acknowledge(self, *, beside: bool = True, zone: int | None = None) -> list[str]:
        events = self.engine.acknowledge(self.now_us, zone, None, beside=beside)
        return [event.rule for event in events]

    def pause(self, seconds: float) -> list[str]:
        return [event.rule for event in self.engine.pause(self.now_us, seconds, None, None)]

    @property
    def now_us(self) -> int:
        """Time of the last frame, at 10 frames a second."""
        return self.t_us - 100 * MS

    @property
    def standing(self) -> set[str]:
        return {rule for place in self.engine.places for rule in place.standing}


def raised(said: Said, rule: str) -> list[float]:
    return [t_s for t_s, _, name, state, _ in said if (name, state) == (rule, "raised")]


def cleared(said: Said, rule: str) -> list[float]:
    return [t_s for t_s, _, name, state, _ in said if (name, state) == (rule, "cleared")]


# The table


def test_rows_of_the_table() -> None:
    bounds = [bounds_of(PLATES[0], Person((c,) * 3, FOOT_MM), 0, FOOT_MM) for c in range(4)]
    assert [list(one.cn.values()) for one in bounds] == [
        [12_000, 16_000, 32_000, 48_000], [8_000, 12_000, 16_000, 32_000],
        [4_000, 6_000, 8_000, 16_000], [],
    ]  # fmt: skip
    assert [list(one.persistence_us.values()) for one in bounds] == [
        [5 * S, S // 2], [2 * S, 1 * S], [1 * S, S // 2], [],
    ]  # fmt: skip
    assert bounds[3].excluded_cn == 373
    assert bounds[1].sustained_cn == 1681
    assert bounds[1].contact_cn == 720
    assert bounds[1].peak_kpa_per_n == pytest.approx(1.25)


def test_edits_and_caps() -> None:
    edited = PERSON._replace(edits=((0, (("warning_kpa", 140.0),)),))
    assert row_of(edited, 0)["warning_kpa"] == 140.0
    assert (row_of(edited, 0)["warning_s"], row_of(edited, 0)["limit_s"]) == (2.0, 0.5)
    assert row_of(edited, 1) == row_of(PERSON, 1)
    capped = PERSON._replace(caps_kpa=((0, 100.0),), classes=(0, 1, 1))
    assert list(row_of(capped, 0).values()) == [50.0, 75.0, 2.0, 100.0, 0.5, 200.0]
    stricter = capped._replace(classes=(2, 1, 1), caps_kpa=((0, 190.0),))
    assert row_of(stricter, 0) == row_of(FRAGILE, 0)
    assert row_of(capped._replace(classes=(3, 1, 1)), 0) == {}


def test_small_feet_have_small_areas() -> None:
    unknown = bounds_of(PLATES[0], PERSON._replace(foot_mm=None), 0, FOOT_MM)
    assert unknown.cn["limit"] == int(16_000 * 230 * 87 / (260 * 98))
    large = bounds_of(PLATES[0], PERSON._replace(foot_mm=(300.0, 120.0)), 0, FOOT_MM)
    assert large.cn["limit"] == 16_000


def test_bounds_of_weight() -> None:
    heavy = PERSON._replace(body_mass_kg=80.0)
    assert weight_cn(heavy) == 78_453
    assert seated_cn(heavy) == 35_303
    assert (weight_cn(PERSON), seated_cn(PERSON)) == (None, 30_000)


# Means


@pytest.mark.parametrize(
    ("skin_class", "rule", "bound", "at_s"),
    [
        (0, "advisory", 12_000, 0.0), (1, "advisory", 8_000, 0.0), (2, "advisory", 4_000, 0.0),
        (0, "warning", 16_000, 5.0), (1, "warning", 12_000, 2.0), (2, "warning", 6_000, 1.0),
        (0, "limit", 32_000, 0.5), (1, "limit", 16_000, 1.0), (2, "limit", 8_000, 0.5),
        (3, "excluded_contact", 373, 0.5),
    ],
)  # fmt: skip
def test_each_limit_from_both_sides(skin_class: int, rule: str, bound: int, at_s: float) -> None:
    person = PERSON._replace(classes=(skin_class, 1, 1))
    assert raised(Sheet(person).run(80, Beat(bound)), rule) == [at_s]
    assert raised(Sheet(person).run(80, Beat(bound - 1)), rule) == []
    assert raised(Sheet(person).run(round(at_s * 10), Beat(bound)), rule) == []


@pytest.mark.parametrize(("force_cn", "when"), [(7_199, [3.0]), (7_200, [])])
def test_advisory_clears_below_nine_tenths_for_2_s(force_cn: int, when: list[float]) -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    # The mean of 1 s has forgotten the first frame at 1.0.
    assert cleared(sheet.run(35, Beat(force_cn)), "advisory") == when


def test_limit_needs_somebody_beside_the_mat() -> None:
    sheet = Sheet()
    sheet.run(11, Beat(16_000))
    assert set(sheet.acknowledge(beside=False)) == {"limit", "advisory"}
    assert sheet.acknowledge(beside=False) == []
    said = sheet.run(40)
    assert cleared(said, "limit") == []
    assert cleared(said, "advisory") != []
    assert sheet.acknowledge() == ["limit"]
    assert sheet.acknowledge() == []
    assert cleared(sheet.run(1), "limit") == [5.1]


def test_excluded_contact_above_what_zero_may_hide() -> None:
    person = PERSON._replace(classes=(3, 1, 1))
    assert raised(Sheet(person).run(20, Beat(399, least_cn=400)), "excluded_contact") == []
    sheet = Sheet(person)
    assert raised(sheet.run(20, Beat(400, least_cn=400)), "excluded_contact") == [0.5]
    assert list(sheet.figures[-1]) == pytest.approx([5.0, 5.0])
    sheet = Sheet(person)
    sheet.run(20, Beat(373))
    assert list(sheet.figures[-1]) == pytest.approx([4.6625, 4.67])


def test_class_3_has_no_other_limit() -> None:
    sheet = Sheet(PERSON._replace(classes=(3, 1, 1)))
    sheet.run(30, Beat(60_000), step_us=20 * MS)
    assert sheet.standing == {"excluded_contact"}


# At once


@pytest.mark.parametrize(
    ("force_cn", "n", "step_us", "when"),
    [
        (32_000, 2, 20 * MS, [0.02]), (31_999, 2, 20 * MS, []), (32_000, 1, 20 * MS, []),
        (32_000, 2, 50 * MS, []), (32_000, 2, 50 * MS - 1, [0.049999]),
    ],
)  # fmt: skip
def test_ceiling(force_cn: int, n: int, step_us: int, when: list[float]) -> None:
    assert raised(Sheet().run(n, Beat(force_cn), step_us=step_us), "limit") == when


def taps(sheet: Sheet, n: int, low_cn: int = 0, gap_us: int = 0) -> Said:
    said: Said = []
    for _ in range(n):
        said += sheet.run(1, Beat(low_cn), gap_us=gap_us) + sheet.run(1, Beat(16_000))
    return said


def test_the_fifth_tap_in_10_s() -> None:
    assert raised(taps(Sheet(), 5), "warning") == [0.9]
    assert raised(taps(Sheet(), 4), "warning") == []
    assert raised(taps(Sheet(), 5, low_cn=7_999), "warning") == [0.9]
    assert raised(taps(Sheet(), 5, low_cn=8_000), "warning") == []
    # Four gaps between the first and the fifth: 10 s apart is too far, one us less is not.
    assert raised(taps(Sheet(), 5, gap_us=2_300 * MS), "warning") == []
    assert len(raised(taps(Sheet(), 5, gap_us=2_300 * MS - 1), "warning")) == 1


# Load of the cells


def test_overload_from_both_sides() -> None:
    assert raised(Sheet().run(9, Beat(0, load_bp=10_000)), "overload") == []
    sheet = Sheet()
    assert raised(sheet.run(9, Beat(0, load_bp=10_001)), "overload") == [0.0]
    assert list(sheet.figures[0]) == pytest.approx([100.01, 100.0])
    sheet.acknowledge()
    assert cleared(sheet.run(30, Beat(0, load_bp=9_000)), "overload") == []
    # Three frames of 0.25 s are below from the first on: (9_000 + 9_000 + 8_999) / 3.
    assert cleared(sheet.run(30, Beat(0, load_bp=8_999)), "overload") == [5.9]


def test_overload_in_a_bad_frame_and_of_a_zone_that_is_lost() -> None:
    sheet = Sheet()
    sheet.run(1)
    said = sheet.run(9, LOST)
    assert raised(said, "stale") == [0.6]
    assert raised(sheet.run(1, Beat(0, valid=False, load_bp=10_001)), "overload") == [1.0]


# Losses


@pytest.mark.parametrize(
    ("force_cn", "load_bp", "rule", "priority"),
    [
        (0, 0, "stale", "low"), (720, 0, "stale", "medium"), (8_000, 0, "zone_lost", "medium"),
        (12_000, 0, "zone_lost", "medium"), (16_000, 0, "zone_lost", "high"),
        (0, 10_001, "zone_lost", "high"),
    ],
)  # fmt: skip
def test_a_loss_is_as_grave_as_what_it_hides(
    force_cn: int, load_bp: int, rule: str, priority: str
) -> None:
    sheet = Sheet()
    sheet.run(1, Beat(force_cn, load_bp=load_bp))
    assert {name for *_, name, _, _ in sheet.run(5, LOST)} <= {"overload"}
    assert (0.6, 0, rule, "raised", priority) in sheet.run(1, LOST)
    sheet.acknowledge()
    assert cleared(sheet.run(25), rule) == [2.7]


def test_a_loss_that_hides_little_rises_when_the_foot_comes() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    sheet.run(1)
    assert (0.7, 0, "zone_lost", "raised", "low") in sheet.run(6, LOST)
    assert (0.8, 0, "zone_lost", "raised", "medium") in sheet.run(1, LOST, CONTACT)


def test_sustained_counts_when_a_zone_is_lost() -> None:
    sheet = Sheet(FRAGILE)
    sheet.run(286, Beat(1_681), step_us=1 * S)
    assert (285.6, 0, "zone_lost", "raised", "medium") in sheet.run(7, LOST, gap_us=-900 * MS)


# Seconds under load


@pytest.mark.parametrize(
    ("skin_class", "need", "priority"), [(0, 900, "low"), (1, 855, "medium"), (2, 285, "medium")]
)
def test_sustained(skin_class: int, need: int, priority: str) -> None:
    sheet = Sheet(PERSON._replace(classes=(skin_class, 1, 1)))
    said = sheet.run(need + 2, Beat(1_681), step_us=1 * S)
    assert (float(need), 0, "sustained", "raised", priority) in said
    below = Sheet(PERSON._replace(classes=(skin_class, 1, 1)))
    assert raised(below.run(need + 2, Beat(1_680), step_us=1 * S), "sustained") == []


@pytest.mark.parametrize(("skin_class", "rest", "when"), [(2, 15, 300.0), (2, 16, None)])
def test_sustained_of_the_last_seconds(skin_class: int, rest: int, when: float | None) -> None:
    sheet = Sheet(PERSON._replace(classes=(skin_class, 1, 1)))
    sheet.run(1, Beat(1_681), step_us=1 * S)
    sheet.run(rest, step_us=1 * S)
    said = sheet.run(284, Beat(1_681), step_us=1 * S) + sheet.run(1)
    assert raised(said, "sustained") == ([when] if when else [])


def test_class_0_needs_every_one_of_900() -> None:
    sheet = Sheet(PERSON._replace(classes=(0, 1, 1)))
    sheet.run(899, Beat(1_681), step_us=1 * S)
    assert raised(sheet.run(1, step_us=1 * S), "sustained") == []
    said = sheet.run(900, Beat(1_681), step_us=1 * S) + sheet.run(1)
    assert raised(said, "sustained") == [1800.0]


def test_seconds_without_a_frame_are_loaded() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(1_681))
    said = sheet.run(1, gap_us=854 * S)
    assert raised(said, "sustained") == []  # 1 + 853
    said = sheet.run(1, gap_us=1 * S)
    assert raised(said, "sustained") == []  # that of the frame above was no load
    sheet = Sheet()
    sheet.run(1, Beat(1_681))
    assert raised(sheet.run(1, gap_us=855 * S), "sustained") == [855.1]


@pytest.mark.parametrize(("beat", "loaded"), [(LOST, True), (QUIET, False)])
def test_a_zone_that_was_lost_for_a_moment_is_loaded(beat: Beat, loaded: bool) -> None:
    sheet = Sheet(FRAGILE)
    sheet.run(284, Beat(1_681), step_us=1 * S)
    sheet.run(7, beat, gap_us=-600 * MS)  # 0.4 s after the last good one, to 1.0 s after it
    sheet.run(1, step_us=1 * S)
    assert bool(raised(sheet.run(2, step_us=1 * S), "sustained")) == loaded


@pytest.mark.parametrize(("n", "relieved"), [(119, False), (120, True)])
def test_relief(n: int, relieved: bool) -> None:
    sheet = Sheet(FRAGILE)
    sheet.run(285, Beat(1_681), step_us=1 * S)
    assert raised(sheet.run(1, step_us=1 * S), "sustained") == [285.0]
    said = sheet.run(n - 1, step_us=1 * S) + sheet.run(1, Beat(1_681), step_us=1 * S)
    assert bool(cleared(said, "sustained")) == relieved


def test_relief_is_of_the_whole_foot() -> None:
    sheet = Sheet(FRAGILE)
    sheet.run(286, Beat(1_681), step_us=1 * S)
    assert cleared(sheet.run(150, QUIET, Beat(5_000), step_us=1 * S), "sustained") == []
    assert cleared(sheet.run(130, QUIET, QUIET, Beat(5_000), step_us=1 * S), "sustained") != []


def test_sustained_rises_with_the_class_and_comes_again() -> None:
    sheet = Sheet(PERSON._replace(classes=(0, 1, 1)))
    sheet.run(901, Beat(1_681), step_us=1 * S)
    sheet.engine.acknowledge(900 * S, None, None, beside=True)
    sheet.engine.set_person(FRAGILE)
    assert (901.0, 0, "sustained", "raised", "medium") in sheet.run(1, Beat(1_681), step_us=1 * S)
    sheet.engine.acknowledge(901 * S, None, None, beside=True)
    assert raised(sheet.run(119, Beat(1_681), step_us=1 * S), "sustained") == []
    assert raised(sheet.run(2, Beat(1_681), step_us=1 * S), "sustained") == [1021.0]
    assert list(sheet.figures[-1]) == pytest.approx([4.669, 4.67], abs=0.001)


# People


def test_an_acknowledgement_lasts_120_s() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    assert sheet.acknowledge(zone=1) == []
    assert sheet.acknowledge(zone=0) == ["advisory"]
    assert sheet.run(1, Beat(8_000), gap_us=119_899_999) == []
    assert raised(sheet.run(1, Beat(8_000), gap_us=-99_999), "advisory") == [120.0]


def test_what_is_raised_again_needs_somebody_beside_it_anew() -> None:
    sheet = Sheet()
    sheet.run(11, Beat(16_000))
    sheet.acknowledge()
    assert raised(sheet.run(1, Beat(16_000), gap_us=120 * S), "limit") == [121.1]
    assert cleared(sheet.run(50), "limit") == []


def test_one_pause_of_an_alarm() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    assert sheet.pause(1.0) == ["advisory"]
    assert sheet.pause(1.0) == []
    assert raised(sheet.run(12, Beat(8_000)), "advisory") == [1.0]
    assert sheet.pause(1.0) == []


def test_a_new_alarm_ends_every_pause() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    sheet.pause(120.0)
    said = sheet.run(20, Beat(8_000), Beat(0), Beat(0, conditions=frozenset({"cell_stuck"})))
    assert said == [
        (0.1, 0, "advisory", "raised", "low"), (0.1, 2, "cell_stuck", "raised", "low"),
    ]  # fmt: skip


def test_a_graver_fault_ends_every_pause() -> None:
    sheet = Sheet()
    stuck = frozenset({"cell_stuck"})
    sheet.run(1, Beat(0, conditions=stuck), QUIET, Beat(100_000))
    assert sheet.standing == {"cell_stuck", "advisory"}
    sheet.pause(120.0)
    said = sheet.run(1, Beat(720, conditions=stuck), QUIET, Beat(100_000))
    assert said == [
        (0.1, 0, "cell_stuck", "raised", "medium"), (0.1, 2, "advisory", "raised", "low"),
    ]  # fmt: skip


def test_acknowledged_is_not_paused() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    sheet.acknowledge()
    assert sheet.pause(9.0) == []
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    sheet.pause(1.0)
    assert sheet.acknowledge() == ["advisory"]
    assert sheet.run(15, Beat(8_000)) == []


def test_a_paused_alarm_clears() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(8_000))
    sheet.pause(120.0)
    assert sheet.run(22) == [(2.1, 0, "advisory", "cleared", "low")]


OTHER = PERSON._replace(body_mass_kg=60.0)
"""The same limits of pressure in another profile."""


def test_a_new_profile_restarts_runs_but_not_means() -> None:
    sheet = Sheet()
    sheet.run(10, Beat(16_000))
    sheet.engine.set_person(OTHER)
    said = sheet.run(11, Beat(16_000))
    assert raised(said, "limit") == [2.0]
    sheet.acknowledge()
    sheet.run(15)
    sheet.engine.set_person(PERSON._replace(classes=(3, 1, 1)))
    assert cleared(sheet.run(25), "limit") == [5.6]


def test_a_new_profile_starts_taps_and_the_ceiling_anew() -> None:
    sheet = Sheet()
    taps(sheet, 3)
    sheet.engine.set_person(OTHER)
    assert raised(taps(sheet, 2), "warning") == []
    sheet = Sheet()
    sheet.run(1, Beat(32_000), step_us=20 * MS)
    sheet.engine.set_person(OTHER)
    assert raised(sheet.run(1, Beat(32_000), step_us=20 * MS), "limit") == []
    assert raised(sheet.run(1, Beat(32_000), step_us=20 * MS), "limit") == [0.04]


# Faults


def test_a_cell_fault_rises_when_the_foot_comes_and_clears_after_2_s() -> None:
    sheet = Sheet()
    noisy = frozenset({"cell_noisy"})
    assert sheet.run(2, Beat(0, conditions=noisy)) == [(0.0, 0, "cell_noisy", "raised", "low")]
    # Zone 1 is of the same foot, zone 2 is not.
    assert sheet.run(1, Beat(0, conditions=noisy), QUIET, Beat(5_000)) == []
    assert sheet.run(1, Beat(0, conditions=noisy), Beat(5_000))[0][2:] == (
        "cell_noisy", "raised", "medium",
    )  # fmt: skip
    assert cleared(sheet.run(40), "cell_noisy") == [2.4]


def test_a_gap_without_frames_is_no_time_without_a_fault() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(0, conditions=frozenset({"cell_noisy"})))
    assert sheet.run(1) == []
    assert sheet.run(20, gap_us=400 * MS + 1) == []
    assert len(sheet.run(1)) == 1


def test_cell_desync_clears_at_once() -> None:
    sheet = Sheet()
    sheet.run(1, Beat(0, conditions=frozenset({"cell_desync"})))
    assert sheet.run(1) == [(0.1, 0, "cell_desync", "cleared", "low")]


def test_faults_of_the_mat_from_outside() -> None:
    sheet = Sheet()
    sheet.run(1)
    sheet.engine.report("indicator", holds=True)
    assert sheet.run(2) == [(0.1, None, "indicator", "raised", "low")]
    assert sheet.run(2, CONTACT) == [(0.3, None, "indicator", "raised", "medium")]
    sheet.engine.report("indicator", holds=False)
    assert sheet.run(25) == [(2.5, None, "indicator", "cleared", "medium")]


@pytest.mark.parametrize(("off", "when"), [(9_806, []), (9_807, [5.0]), (-9_807, [5.0])])
def test_total_mismatch(off: int, when: list[float]) -> None:
    person = PERSON._replace(seated=False, body_mass_kg=100.0)  # 98_066 units of 0.01 N
    said = Sheet(person).run(60, Beat(98_066 + off))
    assert raised(said, "total_mismatch") == when
    seated = Sheet(person._replace(seated=True)).run(60, Beat(98_066 + off))
    assert raised(seated, "total_mismatch") == []


# Uses of the mat


@pytest.mark.parametrize(("classes", "priority"), [((1, 1, 1), "medium"), ((1, 1, 2), "high")])
def test_standing_where_one_should_sit(classes: tuple[int, ...], priority: str) -> None:
    person = PERSON._replace(classes=classes)
    sheet = Sheet(person)
    said = sheet.run(15, Beat(20_000), Beat(10_001))
    assert (1.0, None, "standing_not_allowed", "raised", priority) in said
    assert cleared(sheet.run(30), "standing_not_allowed") == [3.5]
    for other in (Sheet(person), Sheet(person._replace(seated=False))):
        assert raised(other.run(15, Beat(20_000), Beat(10_000)), "standing_not_allowed") == []


def test_time_over() -> None:
    sheet = Sheet()
    sheet.run(1, CONTACT)
    said = sheet.run(3, CONTACT, gap_us=1799 * S)
    assert raised(said, "time_over") == []
    said = sheet.run(700, CONTACT, gap_us=600 * MS)
    assert raised(said, "time_over") == [1800.0, 1860.0]
    said = sheet.run(101)
    assert cleared(said, "time_over") == [1879.9]
    assert raised(sheet.run(1, CONTACT), "time_over") == [1880.1]
    sheet.run(1, gap_us=179_900 * MS - 1)
    assert raised(sheet.run(1, CONTACT), "time_over") != []
    sheet.run(1, gap_us=179_900 * MS)
    assert raised(sheet.run(1, CONTACT), "time_over") == []


@pytest.mark.parametrize(
    ("earlier_us", "when"),
    [
        ((-DAY_US + 1,), [0.0]), ((-DAY_US,), []), ((-DAY_US, -2 * DAY_US, -7 * DAY_US), []),
        ((-DAY_US, -2 * DAY_US, -7 * DAY_US + 1), [0.0]),
    ],
)  # fmt: skip
def test_too_often(earlier_us: tuple[int, ...], when: list[float]) -> None:
    sheet = Sheet()
    sheet.engine.sessions_before(list(earlier_us))
    assert raised(sheet.run(1, CONTACT), "too_often") == when
    sheet.engine.stop_session(0)
    assert cleared(sheet.run(25), "too_often") == [one + 2.1 for one in when]


def test_sessions_start_and_end() -> None:
    sheet = Sheet()
    sheet.run(3)
    assert sheet.engine.session_changes() == []
    sheet.run(1, CONTACT)
    assert sheet.engine.session_changes() == [(300 * MS, "started")]
    sheet.run(1, gap_us=179_900 * MS - 1)
    assert sheet.engine.session_changes() == []
    sheet.run(1, gap_us=-100 * MS + 1)
    assert sheet.engine.session_changes() == [(180_300 * MS, "ended")]
    sheet.run(1, CONTACT)
    assert [change.state for change in sheet.engine.session_changes()] == ["started"]


def test_no_session_ends_during_a_rest_step() -> None:
    sheet = Sheet()
    sheet.run(1, CONTACT)
    sheet.engine.set_resting(resting=True)
    sheet.run(1, gap_us=200 * S)
    assert [change.state for change in sheet.engine.session_changes()] == ["started"]
    sheet.engine.set_resting(resting=False)
    sheet.run(1)
    assert [change.state for change in sheet.engine.session_changes()] == ["ended"]


def test_a_session_that_was_stopped_begins_after_10_s_without_contact() -> None:
    sheet = Sheet()
    sheet.run(2, CONTACT)
    sheet.engine.stop_session(sheet.now_us)
    sheet.run(5, CONTACT)
    sheet.run(1)
    sheet.run(1, CONTACT, gap_us=9_800 * MS - 1)
    assert [change.state for change in sheet.engine.session_changes()] == ["started", "ended"]
    sheet.run(1)
    sheet.run(1, CONTACT, gap_us=9_800 * MS)
    assert [change.state for change in sheet.engine.session_changes()] == ["started"]


# Order


def test_events_of_one_frame_are_in_order() -> None:
    sheet = Sheet()
    stuck = frozenset({"cell_stuck"})
    sheet.run(1, Beat(720, conditions=stuck))
    sheet.run(20, Beat(720), QUIET, Beat(40_000))
    sheet.engine.report("indicator", holds=True)
    said = sheet.run(1, Beat(200_000, load_bp=10_001), Beat(90_000), Beat(40_000))
    assert [(zone, rule, state) for _, zone, rule, state, _ in said] == [
        (0, "cell_stuck", "cleared"), (0, "advisory", "raised"), (0, "overload", "raised"),
        (1, "advisory", "raised"), (2, "warning", "raised"), (None, "indicator", "raised"),
    ]  # fmt: skip
