"""One condition, stepped: pending, raised, graver, seen, said again, cleared."""

from __future__ import annotations

import pytest

from core.watch import Watch
from tests.core.support import S


def step(watch: Watch, t_s: float, *, holds: bool = True, priority: str = "low") -> str | None:
    assert priority in ("low", "medium", "high")
    return watch.step(round(t_s * S), holds=holds, priority=priority)  # type: ignore[arg-type]


def raised() -> Watch:
    watch = Watch()
    assert step(watch, 0) == "raised"
    return watch


def test_without_a_persistence_it_is_raised_at_once() -> None:
    watch = Watch()
    assert not watch.busy
    assert step(watch, 5, holds=False) is None
    assert step(watch, 6, priority="medium") == "raised"
    assert (watch.priority, watch.holds, watch.busy) == ("medium", True, True)
    assert step(watch, 7, priority="medium") is None


@pytest.mark.parametrize(("t_s", "state"), [(10.999, None), (11.0, "raised"), (99.0, "raised")])
def test_it_is_raised_when_it_has_held_for_its_time(t_s: float, state: str | None) -> None:
    watch = Watch(persistence_us=S)
    assert step(watch, 10) is None
    assert watch.busy
    assert step(watch, t_s) == state


def test_a_frame_without_it_begins_its_time_anew() -> None:
    watch = Watch(persistence_us=S)
    step(watch, 0)
    step(watch, 0.9, holds=False)
    assert not watch.busy
    assert step(watch, 1.0) is None
    assert step(watch, 1.9) is None
    assert step(watch, 2.0) == "raised"


@pytest.mark.parametrize(("t_s", "state"), [(2.499, None), (2.5, "cleared")])
def test_it_clears_after_two_seconds_without(t_s: float, state: str | None) -> None:
    watch = raised()
    for quarter in range(2, 10):
        assert step(watch, quarter / 4, holds=False) is None
    assert step(watch, t_s, holds=False) == state
    assert (watch.priority is None) is (state == "cleared")


def test_a_frame_with_it_begins_the_two_seconds_anew() -> None:
    watch = raised()
    for quarter in range(1, 8):
        step(watch, quarter / 4, holds=False)
    assert step(watch, 2.0) is None
    for quarter in range(9, 17):
        assert step(watch, quarter / 4, holds=False) is None
    assert step(watch, 4.25, holds=False) == "cleared"


@pytest.mark.parametrize(("gap_s", "clears_s"), [(0.5, 2.25), (0.500001, 3.0)])
def test_a_gap_is_no_calm(gap_s: float, clears_s: float) -> None:
    """An interval of more than 0.5 s: the later frame begins the run of calm."""
    watch = raised()
    step(watch, 0.25, holds=False)
    step(watch, 0.5, holds=False)
    t_s = 0.5 + gap_s
    said = step(watch, t_s, holds=False)
    while said is None and t_s < 5:
        t_s += 0.25
        said = step(watch, t_s, holds=False)
    assert said == "cleared"
    assert t_s == pytest.approx(clears_s, abs=1e-4)


def test_some_clear_at_once_and_some_only_from_outside() -> None:
    at_once, never = Watch(clear_us=0), Watch(clear_us=None)
    for watch in (at_once, never):
        step(watch, 0)
    assert step(at_once, 0.1, holds=False) == "cleared"
    assert [step(never, t_s / 4, holds=False) for t_s in range(1, 200)] == [None] * 199
    never.clear()
    assert (never.priority, never.busy) == (None, False)


@pytest.mark.parametrize(
    ("before", "after", "state", "stands"),
    [
        ("low", "medium", "raised", "medium"),
        ("medium", "high", "raised", "high"),
        ("low", "high", "raised", "high"),
        ("medium", "low", None, "medium"),
        ("high", "low", None, "high"),
        ("medium", "medium", None, "medium"),
    ],
)
@pytest.mark.parametrize("holds", [True, False])
def test_it_grows_and_never_falls(
    before: str, after: str, state: str | None, stands: str, *, holds: bool
) -> None:
    watch = Watch()
    step(watch, 0, priority=before)
    watch.acknowledge(S // 2, beside=True)
    assert step(watch, 1, holds=holds, priority=after) == state
    assert watch.priority == stands
    assert (watch.seen_us is None) is (state == "raised")


def test_at_the_frame_at_which_it_clears_it_does_not_grow() -> None:
    watch = Watch(clear_us=0)
    step(watch, 0)
    assert step(watch, 1, holds=False, priority="medium") == "cleared"


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(("t_s", "state"), [(125.999, None), (126.0, "raised")])
def test_seen_and_still_there_it_is_raised_again(
    t_s: float, state: str | None, *, beside: bool
) -> None:
    watch = raised()
    assert watch.acknowledge(6 * S, beside=beside)
    assert step(watch, 7) is None
    assert step(watch, t_s) == state
    assert (watch.seen_us is None) is (state == "raised")


def test_seen_and_not_there_it_is_not_raised_again() -> None:
    watch = Watch(clear_us=None)
    step(watch, 0)
    watch.acknowledge(0, beside=True)
    assert step(watch, 130, holds=False) is None
    assert step(watch, 131) == "raised"


def test_raised_again_it_can_be_acknowledged_again() -> None:
    watch = raised()
    watch.acknowledge(0, beside=True)
    step(watch, 120)
    assert watch.acknowledge(121 * S, beside=False)
    assert step(watch, 240.9) is None
    assert step(watch, 241) == "raised"


@pytest.mark.parametrize(
    ("first", "second", "news"),
    [(True, True, False), (True, False, False), (False, False, False), (False, True, True)],
)
def test_only_beside_after_remote_is_news(first: bool, second: bool, *, news: bool) -> None:
    watch = raised()
    assert watch.acknowledge(1 * S, beside=first)
    assert watch.acknowledge(5 * S, beside=second) is news
    assert step(watch, 120.9) is None
    assert step(watch, 121) == (None if news else "raised")
    assert step(watch, 125) == ("raised" if news else None)


def test_what_is_not_raised_cannot_be_acknowledged() -> None:
    watch = Watch(persistence_us=S)
    assert not watch.acknowledge(0, beside=True)
    step(watch, 0)
    assert not watch.acknowledge(0, beside=True)
    assert step(watch, 1) == "raised"


def test_some_are_raised_every_so_often() -> None:
    watch = Watch(again_us=60 * S)
    assert step(watch, 1) == "raised"
    assert step(watch, 60.999) is None
    assert step(watch, 61) == "raised"
    watch.acknowledge(62 * S, beside=True)
    assert step(watch, 120.9) is None
    assert step(watch, 121) == "raised"
    assert watch.seen_us is None
    assert step(watch, 181, holds=False) is None


def test_restarted_it_forgets_what_is_pending_or_calm_and_not_what_is_raised() -> None:
    pending = Watch(persistence_us=S)
    step(pending, 0)
    pending.restart()
    assert not pending.busy
    assert step(pending, 1) is None
    calm = raised()
    calm.acknowledge(0, beside=True)
    for quarter in range(1, 9):
        step(calm, quarter / 4, holds=False)
    calm.restart()
    assert (calm.priority, calm.seen_us) == ("low", 0)
    assert [step(calm, quarter / 4, holds=False) for quarter in range(9, 17)] == [None] * 8
    assert step(calm, 4.25, holds=False) == "cleared"


def test_cleared_it_knows_nothing_of_before() -> None:
    watch = raised()
    watch.acknowledge(0, beside=True)
    watch.clear()
    assert step(watch, 1, holds=False, priority="high") is None
    assert step(watch, 2, priority="low") == "raised"
    assert watch.acknowledge(2 * S, beside=False)
