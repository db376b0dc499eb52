"""What outlives a restart, written as JSON and read back."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from core.engine import Engine
from core.kept import THE_MAT, Histories, Kept
from core.load_history import SECONDS, LoadHistory
from core.profiles import People, Profile
from core.rules import Latched
from tests.core.play import HEEL, LOADED_CN, TOES, ZONES, Play, cn, of_class
from tests.core.support import S, small_layout


def restarted(mat: Play, profile: Profile | People, start_s: float = 5.0) -> Play:
    """Another engine, on another clock, with what was kept of this one."""
    text = msgspec.json.encode(mat.engine.kept())
    again = Play(profile, mat.step_us // 1000, start_s)
    again.engine.restore(msgspec.json.decode(text, type=Kept))
    return again


def history(*counts: int) -> LoadHistory:
    loaded = np.zeros((SECONDS, len(counts)), bool)
    for zone, count in enumerate(counts):
        loaded[SECONDS - count :, zone] = True
    return LoadHistory(loaded)


def counts(history: LoadHistory) -> list[int]:
    return [int(n) for n in history.long_count]


# Histories.


def test_the_same_person_keeps_what_is_at_hand() -> None:
    now = history(1, 2, 3)
    assert Histories(ZONES).change(THE_MAT, now) is now


def test_from_one_person_to_another_nothing_is_mixed() -> None:
    all_of_them = Histories(ZONES)
    all_of_them.change("ann", history(0, 0, 0))
    assert counts(all_of_them.change("bob", history(9, 9, 9))) == [0, 0, 0]
    assert counts(all_of_them.change("ann", history(1, 1, 1))) == [9, 9, 9]
    assert counts(all_of_them.change("bob", history(9, 9, 9))) == [1, 1, 1]


def test_to_and_from_the_mat_the_worse_is_taken() -> None:
    all_of_them = Histories(ZONES)
    assert counts(all_of_them.change("ann", history(5, 0, 0))) == [5, 0, 0]
    assert counts(all_of_them.change(THE_MAT, history(3, 7, 0))) == [5, 7, 0]


def test_everybody_is_kept_and_read_back() -> None:
    all_of_them = Histories(ZONES)
    all_of_them.change("ann", history(5, 0, 0))
    all_of_them.change("bob", history(6, 0, 0))
    kept = all_of_them.kept(history(7, 0, 0))
    assert sorted(kept) == ["", "ann", "bob"]
    again = Histories(ZONES)
    again.change("bob", history(0, 0, 0))
    assert counts(again.restore(kept)) == [7, 0, 0]
    assert counts(again.change("ann", history(0, 0, 0))) == [6, 0, 0]


def test_who_was_not_kept_begins_at_nothing() -> None:
    again = Histories(ZONES)
    again.change("eve", history(0, 0, 0))
    assert counts(again.restore({"ann": history(5, 0, 0).packed(ZONES)})) == [0, 0, 0]


# Restart of an engine.


def test_nothing_is_kept_of_a_quiet_mat() -> None:
    kept = Play().engine.kept()
    assert (kept.latched, kept.stay_us) == ((), None)
    assert counts(LoadHistory.unpacked(kept.histories[""], ZONES)) == [0, 0, 0]
    assert Kept() == msgspec.json.decode(b"{}", type=Kept)


@pytest.mark.parametrize("off_s", [5.0, 100_000.0])
def test_long_loads_go_on_where_they_were(off_s: float) -> None:
    """4:00 before, 45 s after: time without an engine adds no second."""
    mat = Play(of_class(2))
    mat.press(LOADED_CN)
    mat.until(240)
    mat.frames(1)
    again = restarted(mat, of_class(2), off_s)
    again.press(LOADED_CN)
    again.until(off_s + 45)
    assert again.said("sustained") == []
    again.frames(1)
    assert again.said("sustained") == [(off_s + 45, "raised", "medium")]


def test_a_long_load_stands_again_at_the_first_second_after() -> None:
    mat = Play(of_class(2))
    mat.press(LOADED_CN)
    mat.until(290)
    again = restarted(mat, of_class(2))
    again.until(6)
    assert again.said("sustained") == []
    again.frames(1)
    assert again.said("sustained") == [(6, "raised", "medium")]


def test_each_person_finds_their_own_history_again() -> None:
    both = {"ann": of_class(2), "bob": of_class(2)}
    mat = Play(People(both, "ann"))
    mat.press(LOADED_CN)
    mat.until(290)
    mat.engine.set_profile(People(both, "bob"))
    mat.press(0)
    mat.until(300)
    again = restarted(mat, People(both, "bob"))
    again.until(8)
    assert again.said("sustained") == []
    again.engine.set_profile(People(both, "ann"))
    again.until(10)
    assert [each[1] for each in again.said("sustained")] == ["raised"]


def test_of_another_mat_only_zones_of_the_same_name() -> None:
    kept = Kept(histories={"": {"l_toes": b"\xff" * 113, "l_nose": b"\xff" * 113, "l_heel": b"x"}})
    mat = Play()
    mat.engine.restore(kept)
    now = mat.engine.kept().histories[""]
    assert counts(LoadHistory.unpacked(now, ZONES)) == [900, 0, 0]


@pytest.mark.parametrize(
    ("rule", "number"), [("limit", 1), ("excluded_contact", 3), ("overload", 1), ("zone_lost", 1)]
)
def test_what_nobody_beside_the_mat_has_seen_stands_again(rule: str, number: int) -> None:
    mat = Play(of_class(number))
    mat.press(cn(250))
    mat.load_bp[TOES] = 12_000 if rule == "overload" else 0
    mat.until(2)
    mat.good[TOES] = rule != "zone_lost"
    mat.until(3)
    mat.ack(beside=False)
    value = next(a.value for a in mat.engine.active if a.raised.rule == rule)
    again = restarted(mat, of_class(number))
    stood = next(a for a in again.engine.active if a.raised.rule == rule)
    assert (stood.state, stood.value, stood.raised.priority) == ("raised", value, "high")
    again.until(30)
    assert again.states()[rule] == "raised"
    again.ack(beside=False)
    again.until(40)
    assert again.states()[rule] == "acknowledged"
    again.ack()
    again.frames(1)
    assert again.states() == {}
    assert again.said(rule)[-1] == (40, "cleared", "high")


def test_what_somebody_beside_the_mat_has_seen_does_not_stand_again() -> None:
    mat = Play()
    mat.press(cn(250))
    mat.until(2)
    mat.ack()
    again = restarted(mat, of_class(1))
    assert again.engine.active == ()


def test_a_restored_alarm_keeps_its_highest_value_and_takes_a_higher_one() -> None:
    again = Play()
    again.engine.restore(Kept((Latched("l_toes", "limit", "high", 7, 240.0),)))
    (alarm,) = again.engine.active
    assert (alarm.value, alarm.over, alarm.raised.t_us, alarm.raised.limit) == (240, False, 7, 200)
    again.press(cn(220))
    again.frames(1)
    assert (alarm.value, alarm.over) == (240, True)
    again.press(cn(260))
    again.frames(1)
    assert alarm.value == 260
    assert again.engine.kept().latched == (Latched("l_toes", "limit", "high", 7, 260.0),)


def test_before_the_first_frame_it_can_be_acknowledged_and_paused() -> None:
    both = (
        Latched("l_toes", "limit", "high", 7, 240.0),
        Latched("l_heel", "zone_lost", "high", 7, None),
    )
    again = Play()
    again.engine.restore(Kept(both))
    assert [(e.t_us, e.state) for e in again.engine.pause(9, 5.0)] == [(9, "paused")] * 2
    assert [e.state for e in again.engine.acknowledge(9)] == ["acknowledged"] * 2
    again.wait(3)
    assert again.engine.active == ()


def test_a_rule_or_zone_that_there_is_no_longer_is_passed_over() -> None:
    again = Play()
    gone = (
        Latched("l_nose", "limit", "high", 1, 1.0),
        Latched("l_toes", "burning", "high", 1, 1.0),
    )
    again.engine.restore(Kept(gone))
    assert again.engine.active == ()


def test_a_restored_limit_of_a_zone_that_is_excluded_now_has_none() -> None:
    again = Play(of_class(3))
    again.engine.restore(Kept((Latched("l_toes", "limit", "high", 7, 240.0),)))
    assert [a.raised.limit for a in again.engine.active] == [None]
    again.ack()
    again.wait(3)
    assert again.engine.active == ()


# The stay.


def test_time_on_the_mat_goes_on() -> None:
    mat = Play(step_ms=400)
    mat.press(720)
    mat.until(1790.4)
    assert mat.engine.kept().stay_us == 1790 * S
    again = restarted(mat, of_class(1), 100)
    again.press(720)
    again.until(110)
    assert again.said("time_over", None) == []
    again.frames(1)
    assert again.said("time_over", None) == [(110, "raised", "medium")]
    assert again.full[-1].value == 1800


@pytest.mark.parametrize(("back_s", "raised"), [(9.6, True), (10.4, False)])
def test_it_ends_with_10_s_without_contact(back_s: float, *, raised: bool) -> None:
    mat = Play(step_ms=400)
    mat.engine.restore(Kept(stay_us=1795 * S))
    mat.until(back_s)
    mat.press(720)
    mat.until(30)
    assert (mat.said("time_over", None) != []) is raised


def test_before_a_frame_what_was_restored_is_what_is_kept() -> None:
    mat = Play()
    mat.engine.restore(Kept(stay_us=7))
    assert mat.engine.kept().stay_us == 7


def test_zones_load_apart() -> None:
    mat = Play(of_class(2))
    mat.press(LOADED_CN, HEEL)
    mat.until(10)
    mat.frames(1)
    again = restarted(mat, of_class(2))
    assert counts(LoadHistory.unpacked(again.engine.kept().histories[""], ZONES)) == [0, 10, 0]


@pytest.mark.parametrize("stay_us", [-1, 86_400_000_001])
def test_a_stay_that_cannot_be_is_refused(stay_us: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"stay_us": %d}' % stay_us, type=Kept)


def test_what_the_mat_bore_is_taken_by_who_is_chosen_before_the_restart_is_over() -> None:
    """Nobody was known then; the engine begins with somebody chosen."""
    people = People({"ann": Profile()}, "ann")
    engine = Engine(small_layout(), people)
    engine.restore(Kept((), {"": history(850, 0, 0).packed(ZONES)}, ""))
    assert counts(engine._safety.sustained.history) == [850, 0, 0]


def test_who_is_not_enrolled_any_more_is_forgotten() -> None:
    engine = Engine(small_layout(), People({"ann": Profile(), "bob": Profile()}, "ann"))
    engine.set_profile(People({"ann": Profile(), "bob": Profile()}, "bob"))
    assert set(engine.kept().histories) == {"", "ann", "bob"}
    engine.set_profile(People({"bob": Profile()}, "bob"))
    assert set(engine.kept().histories) == {"", "bob"}
