from __future__ import annotations

from dashboard.profiles.deliveries import FIRST_GAP_S, LONGEST_GAP_S, Deliveries, Errand

ANN, BOB = Errand("ann", 3, "boot-1"), Errand("bob", 1, "boot-1")
BOTH = {"ann": 3, "bob": 1}


def test_each_is_sent_once_and_no_more_when_the_mat_holds_it() -> None:
    deliveries = Deliveries()
    for errand in (ANN, BOB):
        assert deliveries.due(BOTH, "boot-1", 0.0) == errand
        deliveries.begin(errand, 0.0)
        deliveries.end(errand, is_held=True)
    assert deliveries.due(BOTH, "boot-1", 1e6) is None


def test_another_version_or_start_of_the_mat_is_sent_at_once() -> None:
    deliveries = Deliveries()
    deliveries.begin(ANN, 0.0)
    deliveries.end(ANN, is_held=True)
    assert deliveries.due({"ann": 4}, "boot-1", 0.0) == Errand("ann", 4, "boot-1")
    assert deliveries.due({"ann": 3}, "boot-2", 0.0) == Errand("ann", 3, "boot-2")


def test_what_is_not_confirmed_is_sent_again_ever_more_seldom() -> None:
    deliveries = Deliveries()
    now_s, gaps = 0.0, []
    for _ in range(8):
        deliveries.begin(ANN, now_s)
        gap_s = FIRST_GAP_S
        while deliveries.due({"ann": 3}, "boot-1", now_s + gap_s) is None:
            gap_s += 5
        gaps.append(gap_s)
        now_s += gap_s
    assert gaps == [10, 20, 40, 80, 160, 300, 300, LONGEST_GAP_S]


def test_who_waits_longest_comes_first() -> None:
    deliveries = Deliveries()
    deliveries.begin(BOB, 0.0)
    deliveries.begin(ANN, 1.0)
    assert deliveries.due(BOTH, "boot-1", 99.0) == BOB


def test_doubt_sends_all_again_but_not_in_a_hurry() -> None:
    deliveries = Deliveries()
    deliveries.begin(ANN, 0.0)
    deliveries.end(ANN, is_held=True)
    deliveries.doubt(["bob"])
    assert deliveries.due({"ann": 3}, "boot-1", 1e6) is None
    deliveries.doubt(["ann"])
    assert deliveries.due({"ann": 3}, "boot-1", FIRST_GAP_S - 1) is None
    assert deliveries.due({"ann": 3}, "boot-1", FIRST_GAP_S) == ANN


def test_an_answer_about_an_older_version_says_nothing_of_the_newest() -> None:
    deliveries = Deliveries()
    deliveries.begin(ANN, 0.0)
    newer = ANN._replace(version=4)
    deliveries.begin(newer, 1.0)
    deliveries.end(ANN, is_held=True)
    assert deliveries.due({"ann": 4}, "boot-1", 1.0 + FIRST_GAP_S) == newer
    deliveries.end(newer, is_held=False, problem="too strict")
    assert deliveries.problem("ann", 4) == "too strict"
    assert deliveries.problem("ann", 3) is None
