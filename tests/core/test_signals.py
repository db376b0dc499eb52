"""What light and sound show, moment by moment."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signals import (
    ANSWERS,
    BURSTS,
    IDENTIFY,
    LIGHTS,
    MAX_TONE_HZ,
    MIN_TONE_HZ,
    SELF_TEST,
    Signal,
    Standing,
    signal_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.wire import Priority

MS = 1_000
S = 1_000_000
PRIORITIES: tuple[Priority, ...] = ("high", "medium", "low")


def lengths_ms(standing: Standing, what: Callable[[Signal], object], ms: int) -> list[int]:
    """How long each value of something lasts, from 0 on, in ms."""
    values = [what(signal_at(standing, t * MS)) for t in range(ms)]
    return [len(list(run)) for _, run in groupby(values)]


def edges(standing: Standing, colour: str, seconds: int) -> int:
    shown = [signal_at(standing, t * MS).colour for t in range(seconds * 1000)]
    return sum(b == colour != a for a, b in pairwise(["dark", *shown]))


@pytest.mark.parametrize(
    ("priority", "colour", "times"),
    [("high", "red", 20), ("medium", "amber", 5), ("low", "cyan", 1)],
)
def test_a_light_has_the_colour_and_rate_of_its_priority(
    priority: Priority, colour: str, times: int
) -> None:
    standing = Standing(light=priority)
    assert edges(standing, colour, 10) == times
    shown = {signal_at(standing, t * MS).colour for t in range(10_000)}
    assert shown == ({colour} if priority == "low" else {colour, "dark"})


def test_a_high_burst_is_three_and_two_beeps_twice() -> None:
    beep = lengths_ms(Standing(sound="high"), lambda s: s.tone_hz, 6650)
    once = [200, 125, 200, 125, 200, 450, 200, 125, 200]
    assert beep == [*once, 500, *once, 2500]
    # Begins anew.
    assert signal_at(Standing(sound="high"), 6650 * MS).tone_hz == 750


@pytest.mark.parametrize(
    ("priority", "lengths"),
    [("medium", [250, 250, 250, 250, 250, 5000]), ("low", [250, 30_000])],
)
def test_lesser_bursts(priority: Priority, lengths: list[int]) -> None:
    standing = Standing(sound=priority, sound_us=7 * S)
    values = [signal_at(standing, 7 * S + t * MS).tone_hz for t in range(sum(lengths))]
    assert [len(list(run)) for _, run in groupby(values)] == lengths


def test_numbers_lie_within_the_bounds_of_the_standard() -> None:
    # IEC 60601-1-8: length of a beep and time between bursts, ms.
    bounds = {"high": (75, 200, 2500, 15_000), "medium": (125, 250, 2500, 30_000)}
    for priority, (shortest, longest, least, most) in bounds.items():
        burst = BURSTS[priority]  # type: ignore[index]
        assert all(shortest <= b - a <= longest for a, b in burst.beeps_ms)
        assert least <= burst.pause_ms <= most
    assert BURSTS["low"].pause_ms > 15_000
    assert 1.4 <= 1000 / LIGHTS["high"].period_ms <= 2.8
    assert 0.4 <= 1000 / LIGHTS["medium"].period_ms <= 0.8
    for blink in (LIGHTS["high"], LIGHTS["medium"]):
        assert 0.2 <= blink.on_ms / blink.period_ms <= 0.6


@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("every_ms", [12, 50, 99])
def test_no_beep_and_no_gap_falls_between_two_looks(priority: Priority, every_ms: int) -> None:
    burst = BURSTS[priority]
    standing = Standing(sound=priority)
    looks = [signal_at(standing, t * MS).tone_hz for t in range(0, burst.length_ms, every_ms)]
    heard = [tone for tone, _ in groupby(looks)]
    assert heard.count(burst.tone_hz) == len(burst.beeps_ms)


def test_the_healthy_pulse_is_white_soft_and_every_two_seconds() -> None:
    healthy = Standing(healthy=True)
    assert edges(healthy, "white", 20) == 10
    levels = [signal_at(healthy, t * MS).level for t in range(2000)]
    assert max(levels) == 1.0
    assert max(abs(b - a) for a, b in pairwise(levels)) <= 0.25
    assert levels.count(0.0) > 1000
    assert {signal_at(healthy, t * MS).tone_hz for t in range(2000)} == {None}


@given(st.integers(0, 10**15))
def test_without_health_and_alarm_it_is_dark(t_us: int) -> None:
    assert signal_at(Standing(), t_us) == ("dark", 0.0, None)


@given(
    st.sampled_from(PRIORITIES),
    st.booleans(),
    st.sampled_from([(), SELF_TEST]),
    st.integers(0, 10 * S),
)
def test_whatever_stands_is_never_shown_as_health(
    priority: Priority, healthy: bool, sequence: tuple[object, ...], t_us: int
) -> None:
    standing = Standing(light=priority, healthy=healthy, sequence=sequence)  # type: ignore[arg-type]
    assert signal_at(standing, t_us).colour in (LIGHTS[priority].colour, "dark")


def test_the_self_test_shows_each_colour_and_a_tone_once() -> None:
    standing = Standing(sequence=SELF_TEST, sequence_us=S, healthy=True)
    shown = [signal_at(standing, S + t * MS) for t in range(1800)]
    assert [key for key, _ in groupby((s.colour, s.tone_hz) for s in shown)] == [
        ("red", None),
        ("green", None),
        ("blue", None),
        ("dark", 500),
    ]
    assert signal_at(standing, S + 1800 * MS) == signal_at(Standing(healthy=True), S + 1800 * MS)


def test_an_answer_leaves_the_light_and_gives_way_to_an_alarm() -> None:
    answer = Standing(sequence=ANSWERS["done"], healthy=True)
    assert [signal_at(answer, t * MS).tone_hz for t in (0, 300, 600)] == [400, 600, None]
    assert signal_at(answer, 400 * MS).colour == "white"
    alarm = Standing(sequence=ANSWERS["done"], sound="medium", sound_us=0)
    assert signal_at(alarm, 300 * MS).tone_hz is None


def test_every_tone_is_one_that_ageing_ears_hear() -> None:
    steps = [step for sequence in (SELF_TEST, IDENTIFY, *ANSWERS.values()) for step in sequence]
    tones = [burst.tone_hz for burst in BURSTS.values()]
    tones += [step.tone_hz for step in steps if step.tone_hz]
    assert all(MIN_TONE_HZ <= tone <= MAX_TONE_HZ for tone in tones)
