"""What the button asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.button import HOLD_US, STUCK_US, Button

if TYPE_CHECKING:
    from core.button import Intent

PASS_US = 12_500
SLOW_US = 100_000


class Finger:
    """Presses a button that is looked at every so often."""

    def __init__(self, every_us: int = PASS_US) -> None:
        self.button = Button()
        self.every_us = every_us
        self.t_us = 0
        self.unseen = False
        self.asked: list[Intent] = []
        self.move(down=False, for_us=200_000)

    def move(self, *, down: bool | None, for_us: int) -> None:
        end_us = self.t_us + for_us
        while self.t_us < end_us:
            self.asked += self.button.look(self.t_us, down=down, unseen=self.unseen)
            self.t_us += self.every_us

    def press(self, for_us: int) -> list[Intent]:
        self.move(down=True, for_us=for_us)
        self.move(down=False, for_us=300_000)
        asked, self.asked = self.asked, []
        return asked


@pytest.mark.parametrize("every_us", [PASS_US, SLOW_US])
@pytest.mark.parametrize(
    ("unseen", "for_us", "asked"),
    [
        (False, 250_000, ["press"]),
        (True, 250_000, ["acknowledge"]),
        (False, 2_900_000, ["press"]),
        (False, 5_000_000, ["hold"]),
        (True, 5_000_000, ["acknowledge", "stop"]),
    ],
)
def test_a_press(every_us: int, unseen: bool, for_us: int, asked: list[str]) -> None:
    finger = Finger(every_us)
    finger.unseen = unseen
    assert finger.press(for_us) == asked


def test_a_hold_asks_while_it_is_still_held_and_once() -> None:
    finger = Finger()
    begin_us = finger.t_us
    while not finger.asked:
        finger.move(down=True, for_us=PASS_US)
    assert HOLD_US <= finger.t_us - begin_us <= HOLD_US + 3 * PASS_US
    finger.move(down=True, for_us=20_000_000)
    finger.move(down=False, for_us=1_000_000)
    assert finger.asked == ["hold"]


def test_a_spark_and_a_bouncing_contact_are_no_press() -> None:
    finger = Finger(1_000)
    finger.unseen = True
    for _ in range(50):
        finger.move(down=True, for_us=15_000)
        finger.move(down=False, for_us=5_000)
    assert finger.asked == []
    # Bouncing at both ends of a real press makes one of it.
    for _ in range(5):
        finger.move(down=True, for_us=2_000)
        finger.move(down=False, for_us=2_000)
    finger.move(down=True, for_us=200_000)
    for _ in range(5):
        finger.move(down=False, for_us=2_000)
        finger.move(down=True, for_us=2_000)
    finger.move(down=False, for_us=200_000)
    assert finger.asked == ["acknowledge"]


def test_an_alarm_that_comes_during_a_press_was_not_seen() -> None:
    finger = Finger()
    finger.move(down=True, for_us=100_000)
    finger.unseen = True
    # It begins nothing, but what it was to end it ends.
    assert finger.press(100_000) == ["stop"]
    assert finger.press(100_000) == ["acknowledge"]


def test_an_alarm_that_comes_during_a_hold_was_not_seen_and_the_routine_ends() -> None:
    finger = Finger()
    finger.move(down=True, for_us=100_000)
    finger.unseen = True
    assert finger.press(5_000_000) == ["stop"]


def test_an_alarm_that_clears_during_a_press_starts_nothing() -> None:
    finger = Finger()
    finger.unseen = True
    finger.move(down=True, for_us=100_000)
    finger.unseen = False
    assert finger.press(100_000) == ["acknowledge"]


def test_a_button_that_is_down_from_the_start_asks_for_nothing() -> None:
    button = Button()
    asked = [button.look(t_us, down=True, unseen=True) for t_us in range(0, STUCK_US, PASS_US)]
    assert set(asked) == {()}
    assert not button.is_stuck(STUCK_US - PASS_US)
    assert button.is_stuck(STUCK_US)


def test_a_button_that_is_lost_and_comes_back_must_be_up_first() -> None:
    finger = Finger()
    finger.unseen = True
    finger.move(down=True, for_us=100_000)
    finger.move(down=None, for_us=100_000)
    assert finger.press(200_000) == []
    assert finger.press(200_000) == ["acknowledge"]
    assert not finger.button.is_stuck(finger.t_us + STUCK_US)


def test_stuck_ends_when_it_is_let_go() -> None:
    finger = Finger()
    finger.move(down=True, for_us=STUCK_US + 50_000)
    assert finger.button.is_stuck(finger.t_us)
    finger.move(down=False, for_us=50_000)
    assert not finger.button.is_stuck(finger.t_us)


@given(
    st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(1, 4_000_000)), max_size=8)
)
def test_nothing_is_ever_asked_that_was_not_pressed(moves: list[tuple[bool | None, int]]) -> None:
    finger = Finger(50_000)
    for down, for_us in moves:
        finger.move(down=down, for_us=for_us)
    assert len(finger.asked) <= 2 * sum(down is True for down, _ in moves)
