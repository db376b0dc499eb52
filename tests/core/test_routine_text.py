"""Routines as text: the shipped ones are what they should be, nonsense is refused with its line."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.routine_checks import LONGEST_S, STRETCH_S
from core.routine_spec import RoutineError, StepSpec
from core.routine_text import check_routine, parse_routine
from core.routines import SHIPPED, default_routine, load_routine

BASE = """id = "mine"
name = "Mine"
about = "A test"

[[step]]
name = "Strokes"
action = "stroke"
say = "Slowly"
targets = ["toes", "heel"]
band_kpa = [10, 40]
repetitions = 20
longest_s = 120

[[step]]
name = "Holds"
action = "hold"
say = "Press with {where}"
targets = ["heel"]
repetitions = 15
hold_s = [5, 7]
longest_s = 125

[[step]]
name = "Rest"
action = "rest"
say = "Feet off"
rest_s = 122
longest_s = 145
"""


def refused(text: str) -> str:
    with pytest.raises(RoutineError) as caught:
        parse_routine(text, "mine.toml")
    message = str(caught.value)
    assert message.startswith("mine.toml: line "), message
    assert "\n" not in message
    return message


def test_what_is_left_out_has_a_default() -> None:
    spec = parse_routine(BASE, "mine.toml")
    strokes, holds, rest = spec.step
    assert (spec.locked, spec.modes) == (False, ("seated", "standing"))
    assert (strokes.feet, strokes.band_kpa, strokes.standing_band_kpa) == (
        "together",
        (10.0, 40.0),
        None,
    )
    assert (holds.hold_s, holds.band_kpa, holds.comfort) == ((5.0, 7.0), None, None)
    assert (rest.targets, rest.repetitions, rest.rest_s) == ((), None, 122.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('id = "mine"', 'id = "Mine!"', 1, "id: Expected `str` matching"),
        ('name = "Mine"', "name = 3", 2, "name: Expected `str`"),
        ('about = "A test"\n', "", 1, "about: Object missing required field `about`"),
        ('about = "A test"', 'about = "A test"\nscore = 1', 4, "score: Object contains unknown"),
        ('action = "stroke"', 'action = "kick"', 7, "step 1: action: Invalid enum value 'kick'"),
        ('targets = ["toes", "heel"]', 'targets = ["nose"]', 9, "step 1: targets: Invalid enum"),
        ("band_kpa = [10, 40]", "band_kpa = [10]", 10, "step 1: band_kpa: Expected `array`"),
        ("band_kpa = [10, 40]", "band_kpa = [10, 401]", 10, "step 1: band_kpa: Expected `float`"),
        ("band_kpa = [10, 40]", "band_kpa = [0, 40]", 10, "step 1: band_kpa: Expected `float`"),
        ("band_kpa = [10, 40]", "band_kpa = [10, nan]", 10, "step 1: band_kpa: Expected `float`"),
        ("band_kpa = [10, 40]", "band_kpa = [40, 40]", 10, "step 1: band_kpa must rise: 40 to 40"),
        ("band_kpa = [10, 40]", "comfort = [0.6, 0.5]", 10, "step 1: comfort must rise"),
        ("band_kpa = [10, 40]", "comfort = [0.6, 1.1]", 10, "step 1: comfort: Expected `float`"),
        ("band_kpa = [10, 40]", "band_kpa = [1, 2]\ncomfort = [0.1, 0.2]", 11, "either in kPa or"),
        ("band_kpa = [10, 40]", "standing_band_kpa = [9, 8]", 10, "standing_band_kpa must rise"),
        ("repetitions = 20\n", "", 5, "step 1: a stroke needs repetitions; add them"),
        ("repetitions = 20", "repetitions = 0", 11, "step 1: repetitions: Expected `int` >= 1"),
        ("repetitions = 20", "repetitions = 61", 12, "120 s are too short for 61 repetitions"),
        ("longest_s = 120", "longest_s = 39.9", 12, "39.9 s are too short for 20 repetitions"),
        ("longest_s = 120\n", "", 5, "longest_s: Object missing required field `longest_s`"),
        ('targets = ["heel"]\n', "", 14, "step 2: a hold needs targets, e.g. heel; add them"),
        ('targets = ["heel"]', 'targets = ["heel", "heel"]', 18, "a target stands twice"),
        ("hold_s = [5, 7]", "hold_s = [7, 5]", 20, "step 2: hold_s must not fall: 7 to 5 does"),
        ("hold_s = [5, 7]", "hold_s = [0.5, 7]", 20, "step 2: hold_s: Expected `float` >= 1"),
        ("longest_s = 125", "longest_s = 74.9", 21, "74.9 s are too short for 15 repetitions"),
        ("rest_s = 122", "rest_s = 121.9", 27, "step 3: 121.9 s do not relieve a foot"),
        ("longest_s = 145", "longest_s = 121.9", 28, "121.9 s are shorter than the rest of 122"),
        ("rest_s = 122", "repetitions = 1", 27, "step 3: a rest has no repetitions; remove it"),
        ("rest_s = 122", 'targets = ["heel"]', 27, "step 3: a rest has no targets; remove it"),
        ("rest_s = 122", "comfort = [0.1, 0.2]", 27, "step 3: a rest has no comfort; remove it"),
        ('name = "Rest"', "name = ", 24, "not TOML"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_line_and_reason(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in BASE
    message = refused(BASE.replace(old, new, 1))
    assert message.startswith(f"mine.toml: line {line}: "), message
    assert words in message


def test_the_fastest_that_is_still_possible() -> None:
    for old, new in (
        ("longest_s = 120", "longest_s = 40"),
        ("longest_s = 125", "longest_s = 75"),
        ("longest_s = 145", "longest_s = 122"),
    ):
        parse_routine(BASE.replace(old, new), "x")
    taps = BASE.replace('action = "stroke"', 'action = "tap"')
    parse_routine(taps.replace("longest_s = 120", "longest_s = 7"), "x")
    assert "too short" in refused(taps.replace("longest_s = 120", "longest_s = 6"))


def step(name: str, action: str, longest_s: float) -> str:
    text = f'[[step]]\nname = "{name}"\nsay = "Do"\naction = "{action}"\nlongest_s = {longest_s}\n'
    return text if action == "rest" else f'{text}targets = ["toes", "heel"]\nrepetitions = 1\n'


HEAD = 'id = "mine"\nname = "Mine"\nabout = "A test"\n'


def test_a_rest_begins_before_minute_14_in_a_second_round_too() -> None:
    rest = step("Rest", "rest", 122)
    for before, after, fits in ((840, 0.5, False), (839, 1, True), (839, 1.1, False)):
        text = HEAD + step("A", "stroke", before) + rest + step("B", "tap", after)
        if fits:
            parse_routine(text, "x")
        else:
            assert "put a rest before 840 s" in refused(text)
    # Without any rest half of it, because it may be done twice.
    parse_routine(HEAD + step("A", "stroke", 420), "x")
    message = refused(HEAD + step("A", "stroke", 420.5))
    assert message.startswith("mine.toml: line 8: step 1: 841 s without a rest")


def test_a_hold_takes_its_longest_time_at_each_point_of_each_foot() -> None:
    hold = step("A", "hold", 210).replace("repetitions = 1", "repetitions = 1\nfeet = 'in_turn'")
    assert parse_routine(HEAD + step("Z", "hold", 210), "x").step[0].whole_s == 420
    assert "840.8 s without" in refused(HEAD + step("Z", "hold", 210.2))
    spec = parse_routine(HEAD + hold + step("R", "rest", 122), "x")
    assert spec.step[0].whole_s == STRETCH_S


def test_the_whole_stays_below_half_an_hour() -> None:
    three = "".join(step("A", "stroke", 400) + step("R", "rest", 190) for _ in range(3))
    assert sum(s.whole_s for s in parse_routine(HEAD + three, "x").step) == LONGEST_S
    message = refused(HEAD + three.replace("= 400", "= 400.5", 1))
    assert message.startswith("mine.toml: line 39: step 6: 1770.5 s in all; at most 1770"), message


def test_nothing_but_rests_is_no_routine() -> None:
    assert "nothing but rests" in refused(HEAD + step("R", "rest", 122))


def test_inline_tables_have_no_heading_of_their_own() -> None:
    text = HEAD + 'step = [{name = "A", say = "B", action = "kick", longest_s = 1}]'
    assert refused(text).startswith("mine.toml: line 4: step 1: action: ")
    assert refused(HEAD + 'step = [{name = "A"}]').startswith("mine.toml: line 4: step 1: ")
    assert refused(HEAD + "step = [3]").startswith("mine.toml: line 4: step 1: table: ")
    assert refused(HEAD + "step = 3").startswith("mine.toml: line 4: step: ")


@pytest.mark.parametrize("text", ["", "x", "a = [", "\0", "id = 1979-99-99", "[[step]]\n" * 70])
def test_text_that_is_no_routine(text: str) -> None:
    refused(text)


@pytest.mark.unmeasured
@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(RoutineError):
        parse_routine(text, "x")


@given(st.data())
def test_no_damage_raises_anything_else(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(BASE)))
    length = data.draw(st.integers(0, 40))
    junk = data.draw(st.one_of(st.text(max_size=8), st.sampled_from(["-", "9", "[[step]]\n", "]"])))
    try:
        spec = parse_routine(BASE[:at] + junk + BASE[at + length :], "x")
    except RoutineError:
        return
    assert any(step.action != "rest" for step in spec.step)


def holds(name: str) -> list[StepSpec]:
    return [step for step in load_routine(name).step if step.action == "hold"]


def test_shipped_routines_are_what_the_text_asks_for() -> None:
    assert {load_routine(name).id for name in SHIPPED} == set(SHIPPED)
    assert {name for name in SHIPPED if load_routine(name).locked} == {"deep"}
    assert {step.action for step in load_routine("gentle").step} == {"stroke", "roll", "rest"}
    assert all(step.traditional for step in holds("reflex"))
    for step in (*holds("acupressure"), *holds("full")):
        assert (step.repetitions, step.hold_s) == (15, (5.0, 7.0))
    full = load_routine("full").step
    kinds = [step.action for step in full]
    assert kinds == ["stroke", "tap", "hold", "hold", "hold", "rest", "stroke"]
    assert sum(step.whole_s for step in full) == 900
    assert sum(step.whole_s for step in full[:5]) <= STRETCH_S
    for name in SHIPPED:
        rests = [step for step in load_routine(name).step if step.action == "rest"]
        assert rests
        assert all(step.rest_s >= 122 for step in rests)


def test_the_first_three_sessions_are_gentle() -> None:
    assert [default_routine(n) for n in (0, 1, 2, 3, 50)] == [
        "gentle", "gentle", "gentle", "full", "full",
    ]  # fmt: skip


def test_no_such_routine() -> None:
    with pytest.raises(RoutineError, match="no routine named 'hard'; shipped are gentle, reflex"):
        load_routine("hard")


def test_a_routine_that_is_no_text_is_checked_alike() -> None:
    spec = load_routine("gentle")
    check_routine(spec)
    twice = msgspec.structs.replace(spec.step[0], targets=("heel", "heel"))
    wrong = msgspec.structs.replace(spec, step=(twice, *spec.step[1:]))
    with pytest.raises(RoutineError, match="gentle: step 1: targets: a target stands twice"):
        check_routine(wrong)
