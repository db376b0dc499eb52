"""What the page may say: freshness, readings, sentence, banner, sound. The clock is passed in."""
# ruff: noqa: E501 -- pieces of JavaScript and packed expectations read better on one line

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.browser import fake_mat
from tests.dashboard.browser.fake_mat import (
    BOOT,
    CONTACT,
    EXCLUDED,
    OTHER_BOOT,
    UNKNOWN,
    VALID,
    ZONES,
    alarm,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Any]

# Each step is [name, now_ms, ...]; the answers come back in order.
FRESHNESS = """
  const fresh = new m.Freshness(0);
  const steps = {
    arrive: (now, bootId, seq, tMs) => fresh.arrived({ bootId, seq, tUs: tMs * 1000 }, now),
    tell: (asked, bootId, tMs) => { fresh.matClock.told(bootId, tMs, asked); return null; },
    paint: (now, bootId, tMs) => { fresh.painted({ bootId, tUs: tMs * 1000 }); return null; },
    may: (now, bootId, tMs) => fresh.mayPaint({ bootId, tUs: tMs * 1000 }, now),
    slept: (now) => { fresh.slept(now); return null; },
    restart: (now) => { fresh.restart(now); return null; },
    ask: (now) => { const { state, silentMs } = fresh.status(now); return [state, silentMs]; },
  };
  return arg.map(([name, now, ...rest]) => steps[name](now, ...rest));
"""


def test_waits_then_says_silent_when_nothing_ever_comes(run: Run) -> None:
    said = run(FRESHNESS, [["ask", 0], ["ask", 4999], ["ask", 5000]])
    assert said == [["connecting", 0], ["connecting", 4999], ["silent", 5000]]


def test_is_live_only_after_a_frame_was_painted(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 0],
            ["arrive", 100, BOOT, 1, 80],
            ["ask", 110],
            ["paint", 120, BOOT, 80],
            ["ask", 1279],
            ["ask", 1281],
        ],
    )
    assert said[1:] == ["live", ["connecting", 10], None, ["live", 1179], ["silent", 1181]]


def test_comes_back_by_itself(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 0],
            ["arrive", 0, BOOT, 1, 0],
            ["paint", 0, BOOT, 0],
            ["ask", 9000],
            ["arrive", 9000, BOOT, 2, 9000],
            ["paint", 9010, BOOT, 9000],
            ["ask", 9020],
        ],
    )
    assert said[3] == ["silent", 9000]
    assert said[6] == ["live", 20]


def test_nothing_is_live_while_nobody_knows_how_old_it_is(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["arrive", 100, BOOT, 1, 100],
            ["may", 100, BOOT, 100],
            ["tell", 100, OTHER_BOOT, 100],
            ["arrive", 150, BOOT, 2, 150],
            ["ask", 4999],
            ["ask", 5000],
        ],
    )
    assert said == ["unsure", False, None, "unsure", ["connecting", 4999], ["silent", 5000]]


def test_a_way_that_was_slow_from_the_start_is_late(run: Run) -> None:
    """Asked at 0, answered at 5,000 with a time of 2,500: the mat may be as late as 5,000 by now."""
    said = run(
        FRESHNESS,
        [["tell", 0, BOOT, 2500], ["arrive", 5000, BOOT, 1, 2600], ["ask", 5000], ["ask", 6300]],
    )
    assert said[1:] == ["late", ["late", 5000], ["silent", 6300]]


def test_the_tightest_answer_counts(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 900],  # up to 900 ahead
            ["arrive", 1000, BOOT, 1, 500],
            ["tell", 1000, BOOT, 1100],  # up to 100 ahead
            ["arrive", 2000, BOOT, 2, 1000],
            ["tell", 2000, BOOT, 2600],  # says less, changes nothing
            ["arrive", 3000, BOOT, 3, 1950],
            ["arrive", 4000, BOOT, 4, 2850],
        ],
    )
    assert said == [None, "late", None, "live", None, "live", "late"]


def test_repeated_and_older_frames_are_dropped(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 0],
            ["arrive", 0, BOOT, 7, 0],
            ["arrive", 50, BOOT, 7, 50],
            ["arrive", 60, BOOT, 6, 60],
            ["arrive", 70, BOOT, 8, 70],
        ],
    )
    assert said[1:] == ["live", "old", "old", "live"]


def test_new_boot_starts_anew_and_the_old_one_never_returns(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 100_000, BOOT, 100_000],
            ["arrive", 100_000, BOOT, 900, 100_000],
            ["arrive", 101_000, OTHER_BOOT, 1, 10],  # nobody knows its clock yet
            ["tell", 101_010, OTHER_BOOT, 20],
            ["arrive", 101_020, OTHER_BOOT, 2, 20],
            ["arrive", 101_050, BOOT, 901, 101_050],
            ["arrive", 101_100, OTHER_BOOT, 3, 110],
        ],
    )
    assert said[1:] == ["live", "unsure", None, "live", "old", "live"]


def test_clocks_that_drift_apart_do_not_make_frames_late(run: Run) -> None:
    """40 millionths over a day are 3.5 s; the page asks all the time."""
    steps: list[list[object]] = []
    for hour in range(1, 25):
        now_ms = hour * 3_600_000
        mat_ms = now_ms * (1 - 40e-6)
        steps += [["tell", now_ms, BOOT, mat_ms], ["arrive", now_ms, BOOT, hour, mat_ms]]
    assert set(run(FRESHNESS, steps)[1::2]) == {"live"}


def test_a_frame_from_the_future_shows_that_this_clock_stood_still(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 0],
            ["arrive", 1000, BOOT, 1, 1050],
            ["arrive", 1050, BOOT, 2, 61_000],
            ["arrive", 1100, BOOT, 3, 1100],
            ["tell", 1200, BOOT, 61_200],
            ["arrive", 1250, BOOT, 4, 61_240],
        ],
    )
    assert said[1:] == ["live", "unsure", "unsure", None, "live"]


def test_after_a_sleep_the_time_is_asked_anew(run: Run) -> None:
    said = run(
        FRESHNESS,
        [["tell", 0, BOOT, 0], ["slept", 100], ["arrive", 200, BOOT, 1, 200], ["ask", 200]],
    )
    assert said[2:] == ["unsure", ["connecting", 200]]


def test_shown_again_nothing_old_counts(run: Run) -> None:
    said = run(
        FRESHNESS,
        [
            ["tell", 0, BOOT, 0],
            ["arrive", 0, BOOT, 1, 0],
            ["paint", 1, BOOT, 0],
            ["restart", 100],
            ["ask", 101],
            ["ask", 1301],
        ],
    )
    assert said[4:] == [["connecting", 101], ["silent", 1301]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8.44, "8.4"),
        (9.94, "9.9"),
        (9.96, "10"),
        (96.4, "96"),
        (99.6, "100"),
        (134, "130"),
        (245.1, "250"),
        (1049, "1000"),
        (-3, "0.0"),
    ],
)
def test_pressure_has_two_digits(run: Run, value: float, text: str) -> None:
    assert run("return m.twoDigits(arg);", value) == text


def test_missing_number_is_a_word(run: Run) -> None:
    assert run("return [null, NaN, Infinity].map(m.twoDigits);") == ["unknown"] * 3


def test_other_numbers(run: Run) -> None:
    assert run(
        "return [m.kilograms(706.1), m.minutesSeconds(14_900), m.minutesSeconds(605_000)];"
    ) == ["72.0", "0:14", "10:05"]


READ = "const read = m.readZones(arg[0], m.decodeLive(bytes(arg[1]))); "


def readings(run: Run, *frames: tuple[int, list[int], list[int]]) -> list[dict[str, Any]]:
    packed = list(fake_mat.pack(1, 1, frames))
    read: list[dict[str, Any]] = run(READ + "return read;", [fake_mat.info(), packed])
    return read


def test_zone_shows_the_value_of_its_newest_valid_frame(run: Run) -> None:
    good = VALID | CONTACT
    older = (12_500, [8000] * 8, [good] * 8)
    newest = (0, [16_000] * 8, [good, CONTACT, UNKNOWN, good | UNKNOWN, VALID, good, good, good])
    read = readings(run, older, newest)
    assert [zone["state"] for zone in read[:5]] == ["ok", "ok", "unknown", "unknown", "no_contact"]
    assert (read[0]["share"], read[0]["peakKpa"]) == (1.0, 200.0)
    assert read[1]["peakKpa"] == pytest.approx(80 * 1.1)
    assert [read[2]["peakKpa"], read[2]["share"], read[4]["peakKpa"]] == [None, None, None]


def test_zone_without_any_valid_frame_is_unknown(run: Run) -> None:
    read = readings(run, (0, [8000] * 8, [CONTACT] * 8))
    assert {zone["state"] for zone in read} == {"unknown"}


def test_zone_without_a_limit_is_unknown(run: Run) -> None:
    packed = bytearray(fake_mat.live(1, 1))
    packed[56:60] = bytes(4)
    read = run(READ + "return read.map((each) => each.state);", [fake_mat.info(), list(packed)])
    assert read == ["unknown", *["ok"] * 7]


def test_excluded_zone_shows_no_number_touched_or_not(run: Run) -> None:
    excluded = VALID | EXCLUDED
    touched = excluded | CONTACT
    flags = [excluded, touched, UNKNOWN | EXCLUDED, VALID | CONTACT, VALID, *[VALID] * 3]
    read = readings(run, (0, [16_000] * 8, flags))
    assert [zone["state"] for zone in read[:3]] == ["excluded", "excluded", "unknown"]
    assert [zone["touched"] for zone in read[:5]] == [False, True, False, True, False]
    assert {zone["peakKpa"] for zone in read[:3]} == {None}


def test_legend_speaks_for_no_excluded_zone(run: Run) -> None:
    script = READ + "return m.commonScale(read);"
    packed = fake_mat.live(1, 1, status={"l_toes": VALID | EXCLUDED})
    said = run(script, [fake_mat.info(), list(packed)])
    assert (round(said["limitKpa"]), said["others"]) == (200, 0)
    alone = fake_mat.live(1, 1, status=dict.fromkeys(fake_mat.IDS, VALID | EXCLUDED))
    assert run(script, [fake_mat.info(), list(alone)]) is None


HEADLINE = READ + "return m.headline({ readings: read, alarms: arg[2], alarmsKnown: arg[3] });"


def sentence(
    run: Run, packed: bytes, *alarms: dict[str, Any], known: bool = True
) -> dict[str, str]:
    said: dict[str, str] = run(HEADLINE, [fake_mat.info(), list(packed), alarms, known])
    return said


def test_all_within_only_when_each_zone_is_known_and_nothing_is_raised(run: Run) -> None:
    said = sentence(run, fake_mat.live(1, 1))
    assert said["title"] == "All zones within their limits"
    assert said["lead"].replace("\u2009", " ") == "Highest: left heel, inner side, about 96 kPa"


@pytest.mark.parametrize(
    ("status", "kpa", "title"),
    [
        ({"r_toes": UNKNOWN}, {}, "7 of 8 zones within their limits, 1 unknown"),
        ({}, {"r_toes": 201.0}, "7 of 8 zones within their limits"),
        ({"r_toes": VALID | CONTACT | 0x20}, {}, "7 of 8 zones within their limits"),
        (dict.fromkeys(fake_mat.IDS, UNKNOWN), {}, "No zone can be read"),
        ({}, dict.fromkeys(fake_mat.IDS, 0.0), "No feet on the mat"),
        (
            {"r_toes": UNKNOWN},
            dict.fromkeys(fake_mat.IDS, 0.0),
            "7 of 8 zones within their limits, 1 unknown",
        ),
    ],
)
def test_sentence(run: Run, status: dict[str, int], kpa: dict[str, float], title: str) -> None:
    packed = fake_mat.live(1, 1, {**fake_mat.STANDING, **kpa}, status=status)
    assert sentence(run, packed)["title"] == title


def test_sentence_with_alarms_of_zones_and_of_the_mat(run: Run) -> None:
    packed = fake_mat.live(1, 1)
    assert (
        sentence(run, packed, alarm(state="acknowledged"))["title"]
        == "7 of 8 zones within their limits"
    )
    assert sentence(run, packed, alarm(zone=None))["title"] == "Something needs a look"


ADVISED = {"rule": "advisory", "zone": "r_toes", "priority": "low"}
ADVISED_STATUS = {"r_toes": VALID | CONTACT | 0x10}


def test_with_advisories_alone_all_are_within_their_limits_and_that_is_not_all(run: Run) -> None:
    packed = fake_mat.live(1, 1, status=ADVISED_STATUS)
    said = sentence(run, packed, alarm(**ADVISED))
    assert said["title"] == "All zones within their limits"
    assert said["lead"].startswith("One of them is best pressed a little less. Highest: left heel")
    two = sentence(run, packed, alarm(**ADVISED), alarm(**{**ADVISED, "zone": "l_toes"}))
    assert two["lead"].startswith("2 of them are best pressed a little less.")


@pytest.mark.parametrize(
    "other",
    [
        {"rule": "zero_drift", "kind": "fault"},
        {"rule": "warning", "priority": "medium"},
        {"rule": "sustained"},
    ],
)
def test_only_an_advisory_leaves_a_zone_within_its_limits(
    run: Run, other: dict[str, object]
) -> None:
    packed = fake_mat.live(1, 1, status=ADVISED_STATUS)
    said = sentence(run, packed, alarm(**ADVISED), alarm(**{**ADVISED, **other}))
    assert said["title"] == "7 of 8 zones within their limits"
    unnamed = sentence(run, packed)
    assert unnamed["title"] == "7 of 8 zones within their limits", "nobody knows of what kind it is"


def test_advisory_is_not_spoken_of_once_the_feet_have_gone(run: Run) -> None:
    said = sentence(run, fake_mat.live(1, 1, {}), alarm(**ADVISED))
    assert said == {
        "title": "No feet on the mat",
        "lead": "Put both feet on the mat to begin.",
    }


def test_sentence_with_excluded_zones(run: Run) -> None:
    kept = {"l_toes": VALID | EXCLUDED}
    assert sentence(run, fake_mat.live(1, 1, {}, status=kept))["title"] == "No feet on the mat"
    free = fake_mat.live(1, 1, {**fake_mat.STANDING, "l_toes": 0.0}, status=kept)
    assert sentence(run, free)["title"] == "All zones within their limits"
    touched = fake_mat.live(1, 1, {"l_toes": 201.0}, status={"l_toes": VALID | EXCLUDED | CONTACT})
    assert sentence(run, touched)["title"] == "7 of 8 zones within their limits"


def test_without_word_of_the_alarms_nothing_is_said_to_be_well(run: Run) -> None:
    assert (
        sentence(run, fake_mat.live(1, 1), known=False)["title"]
        == "Readings come, alarms are not known"
    )


ACTIVE = READ + "return m.activeAlarms(arg[2], read, arg[3]);"


def active(
    run: Run, packed: bytes, state: dict[str, Any] | None, live_s: float
) -> list[dict[str, Any]]:
    alarms: list[dict[str, Any]] = run(ACTIVE, [fake_mat.info(), list(packed), state, live_s])
    return alarms


def test_gravest_comes_first_and_raised_before_acknowledged(run: Run) -> None:
    seen = alarm(zone="l_ball", state="acknowledged")
    warning = alarm(rule="warning", zone="l_toes", priority="medium")
    fault = alarm(rule="zone_lost", zone="r_toes", kind="fault")
    cleared = alarm(zone="r_ball", state="cleared")
    named = active(
        run, fake_mat.live(1, 1), fake_mat.state(9, warning, seen, fault, alarm(), cleared), 9.0
    )
    assert [each["zone"] for each in named] == ["l_heel_lat", "r_toes", "l_ball", "l_toes"]


def test_alarm_of_the_live_frame_does_not_wait_for_the_state(run: Run) -> None:
    packed = fake_mat.live(
        1, 1, {**fake_mat.STANDING, "l_toes": 240.0}, status={"l_toes": VALID | CONTACT | 0x30}
    )
    state = fake_mat.state(8.0)
    shown = active(run, packed, state, 8.05)
    assert [each["instruction"] for each in shown] == ["Too much pressure"]
    assert (
        shown[0]["reason"].replace("\u2009", " ") == "Left toes: about 240 kPa. Your limit is 200."
    )
    assert active(run, packed, fake_mat.state(8.1), 8.05) == [], (
        "the state is newer and names no alarm"
    )
    assert len(active(run, packed, None, 8.05)) == 1
    known = fake_mat.state(8.0, alarm(zone="l_toes"))
    assert [each["rule"] for each in active(run, packed, known, 8.05)] == ["limit"]


def test_contact_on_an_excluded_zone_does_not_wait_for_the_state(run: Run) -> None:
    packed = fake_mat.live(1, 1, status={"l_toes": VALID | EXCLUDED | CONTACT | 0x30})
    (shown,) = active(run, packed, None, 8.0)
    assert shown["instruction"] == "Lift your left foot off the mat"
    assert shown["reason"] == "Left toes: nothing may touch it."


BANNER = "return m.bannerOf(arg[0], arg[1], { nowS: arg[2], wallMs: new Date(2026, 10, 23, 10, 43, 0).getTime() });"


def test_banner_says_what_the_mat_says(run: Run) -> None:
    banner = run(BANNER, [[alarm(), alarm(zone="l_toes")], ZONES, 61.0])
    assert (banner["title"], banner["priority"]) == ("Lift your left heel", "high")
    assert (banner["seen"], banner["paused"], banner["latched"]) == (False, False, True)
    assert banner["text"] == "Outer side: about 240 kPa. Your limit is 200. And 1 more."
    same_place = alarm(rule="warning", priority="medium")
    banner = run(BANNER, [[alarm(), same_place], ZONES, 61.0])
    assert banner["text"] == "Outer side: about 240 kPa. Your limit is 200."


def test_limit_that_has_passed_is_told_in_the_past_tense(run: Run) -> None:
    banner = run(BANNER, [[alarm(over=False)], ZONES, 61.0])
    assert banner["title"] == "Left heel, outer side, went over its limit at 10:42"
    assert banner["text"].replace("\u2009", " ") == "It reached about 240 kPa. Your limit is 200."
    without_time = run(BANNER, [[alarm(over=False, t_s=99.0)], ZONES, 61.0])
    assert without_time["title"] == "Left heel, outer side, went over its limit"


@pytest.mark.parametrize(
    ("rule", "kpa", "title", "text"),
    [
        ("overload", None, "was overloaded", "It bore more than the mat is made to bear."),
        ("excluded_contact", 9.1, "was touched", "Nothing may touch it."),
        ("zone_lost", None, "could not be read", "The mat could not warn you there."),
    ],
)
def test_latched_alarm_that_is_no_question_of_kilopascals_is_told_in_the_past_tense_too(
    run: Run, rule: str, kpa: float | None, title: str, text: str
) -> None:
    past = alarm(rule=rule, over=False, value_kpa=kpa, limit_kpa=kpa)
    banner = run(BANNER, [[past], ZONES, 61.0])
    assert banner["title"] == f"Left heel, outer side, {title} at 10:42"
    assert (banner["text"], banner["latched"]) == (text, True)


def test_limit_without_its_numbers_is_told_without_them(run: Run) -> None:
    kept = alarm(over=False, value_kpa=None, limit_kpa=None)
    assert run(BANNER, [[kept], ZONES, 61.0])["text"] == ""
    assert (
        run(BANNER, [[{**kept, "limit_kpa": 200.0}], ZONES, 61.0])["text"] == "Your limit is 200."
    )


def test_what_clears_by_itself_stays_in_the_present_tense(run: Run) -> None:
    for other in (
        alarm(rule="warning", priority="medium", over=False),
        alarm(rule="zone_lost", kind="fault", priority="medium", over=False),
    ):
        banner = run(BANNER, [[other], ZONES, 61.0])
        assert (banner["title"], banner["latched"]) == ("Lift your left heel", False)


@pytest.mark.parametrize(
    "rule",
    ["standing_not_allowed", "time_over", "too_often", "total_mismatch", "profile_missing", "indicator"],
)  # fmt: skip
def test_alarm_of_the_whole_mat_is_said_in_the_words_of_the_mat(run: Run, rule: str) -> None:
    whole = alarm(
        rule=rule, zone=None, priority="medium", value_kpa=None, limit_kpa=None,
        instruction="Hold on, and sit down", reason="You are to sit.",
    )  # fmt: skip
    banner = run(BANNER, [[whole, alarm(priority="low")], ZONES, 61.0])
    assert (banner["title"], banner["text"]) == (
        "Hold on, and sit down",
        "You are to sit. And 1 more.",
    )
    assert (banner["zone"], banner["rules"]) == (None, [rule])


def test_an_answer_speaks_for_the_lesser_alarms_of_that_place_and_for_no_fault(run: Run) -> None:
    others = [
        alarm(rule="warning", priority="medium"),
        alarm(rule="advisory", priority="low"),
        alarm(rule="zero_drift", kind="fault", priority="low"),
        alarm(rule="overload"),
        alarm(rule="warning", zone="r_toes", priority="medium"),
    ]
    banner = run(BANNER, [[alarm(), *others], ZONES, 61.0])
    assert banner["rules"] == ["limit", "warning", "advisory"]


def test_only_acknowledged_and_paused_alarms_are_silent(run: Run) -> None:
    states = ["raised", "acknowledged", "paused", "snoozed"]
    sounds = run(
        "return m.soundKeys(arg).map((each) => each.key);", [alarm(state=s) for s in states]
    )
    assert len(sounds) == 2, "an unknown state counts as raised"
    banner = run(BANNER, [[alarm(state="paused")], ZONES, 61.0])
    assert (banner["seen"], banner["paused"]) == (False, True)
    assert run("return m.soundKeys(arg);", [alarm(rule="advisory", priority="low")]) == []


def test_what_is_over_and_seen_does_not_hide_what_presses_now(run: Run) -> None:
    over = alarm(zone="l_ball", state="acknowledged", over=False)
    warning = alarm(rule="warning", zone="l_toes", priority="medium", state="acknowledged")
    advisory = alarm(rule="advisory", zone="r_toes", priority="low")
    named = active(run, fake_mat.live(1, 1), fake_mat.state(9, over, advisory, warning), 9.0)
    assert [each["zone"] for each in named] == ["l_toes", "l_ball", "r_toes"]
    unseen = fake_mat.state(9, warning, alarm(zone="l_ball", state="paused", over=False))
    assert active(run, fake_mat.live(1, 1), unseen, 9.0)[0]["zone"] == "l_ball"


def test_priority_that_the_page_does_not_know_is_the_gravest(run: Run) -> None:
    assert (
        run(BANNER, [[alarm(priority="extreme", instruction="", reason="")], ZONES, 61.0])[
            "priority"
        ]
        == "high"
    )


NOTHING_ASKED = {
    "seenWord": None,
    "besideWord": None,
    "besideDone": False,
    "pauseWord": None,
    "pauseUsed": False,
    "pauseLeftMs": None,
}
CAN = {
    "ack": True,
    "pause": True,
    "asked": NOTHING_ASKED,
    "matSounds": True,
    "sounding": True,
    "soundRuns": True,
    "pauseLeftMs": 0,
}
RAISED = {"priority": "high", "seen": False, "paused": False, "latched": True}
SEEN = {**RAISED, "seen": True}


def buttons(run: Run, banner: dict[str, Any], **can: Any) -> dict[str, Any]:  # noqa: ANN401 -- as the page gives it
    """What each button says, an idle one in brackets."""
    said = run("return m.buttonsOf(arg[0], arg[1]);", [banner, {**CAN, **can}])
    why = said.pop("why")
    words = {
        name: each and (f"({each['text']})" if each["idle"] else each["text"])
        for name, each in said.items()
    }
    return {**words, "why": why}


def test_buttons_of_a_raised_alarm(run: Run) -> None:
    assert buttons(run, RAISED) == {
        "ack": "I have seen this",
        "silence": "Silence for 2 min",
        "beside": None,
        "why": None,
    }
    assert buttons(run, RAISED, soundRuns=False)["silence"] == "Turn sound on"
    assert buttons(run, RAISED, sounding=False)["silence"] is None
    assert buttons(run, RAISED, ack=False)["ack"] is None
    low = buttons(run, {**RAISED, "priority": "low"})
    assert set(low.values()) == {None}, "an advisory asks for nothing"


def test_silence_is_asked_of_the_mat_once_for_each_alarm(run: Run) -> None:
    used = {**NOTHING_ASKED, "pauseWord": "Telling the mat …", "pauseUsed": True}
    assert buttons(run, RAISED, asked=used)["silence"] is None
    sent = {**NOTHING_ASKED, "pauseWord": "Telling the mat …"}
    assert buttons(run, RAISED, asked=sent)["silence"] == "Telling the mat …"
    paused = {**RAISED, "paused": True}
    running = {**used, "pauseLeftMs": 61_000}
    # The sound of the page may be off, and other alarms may sound: it is the banner's that is silent.
    for heard in (True, False):
        said = buttons(run, paused, asked=running, sounding=heard, soundRuns=heard)
        assert (said["silence"], said["ack"]) == ("(Silent for 1:01)", "I have seen this")
    assert buttons(run, paused)["silence"] == "(Silent for now)", "somebody else asked for it"


def test_page_falls_silent_alone_where_the_mat_cannot_be_asked(run: Run) -> None:
    for banner, can in ((RAISED, {"pause": False}), (SEEN, {}), ({**RAISED, "silence": True}, {})):
        assert buttons(run, banner, **can)["silence"] == "Silence for 2 min"
        assert buttons(run, banner, **can, pauseLeftMs=61_000)["silence"] == "Silent for 1:01"


def test_only_what_has_been_seen_offers_to_be_seen_beside_the_mat(run: Run) -> None:
    said = buttons(run, SEEN, sounding=False)
    assert said == {
        "ack": "(Seen)",
        "silence": None,
        "beside": "I am beside the mat",
        "why": "The mat goes on sounding, and this stays, until somebody beside it has seen it.",
    }
    warning = buttons(run, {**SEEN, "latched": False})
    assert warning["why"] == "The mat goes on sounding until somebody beside it has seen it."
    done = buttons(run, SEEN, asked={**NOTHING_ASKED, "besideDone": True})
    assert (done["ack"], done["beside"], done["why"]) == ("(Seen beside the mat)", None, None)
    assert buttons(run, SEEN, ack=False)["beside"] is None


def test_simulated_mat_is_not_said_to_sound(run: Run) -> None:
    said = buttons(run, SEEN, matSounds=False)
    assert said["why"] == "This stays until somebody beside the mat has seen it."
    assert buttons(run, {**SEEN, "latched": False}, matSounds=False)["beside"] is None


SOUND = """
  const plan = new m.SoundPlan();
  return arg.map(([now, alarms]) => alarms === 'pause' ? plan.pause(now) ?? 'pause'
    : plan.due(alarms.map((key) => ({ key, priority: key.split('-')[0] })), now));
"""


def test_sound_repeats_while_an_alarm_stands(run: Run) -> None:
    high, medium = ["high-a"], ["medium-b"]
    said = run(
        SOUND,
        [
            [0, high],
            [9_999, high],
            [10_000, high],
            [10_100, []],
            [10_200, medium],
            [35_199, medium],
            [35_200, medium],
        ],
    )
    assert said == ["high", None, "high", None, "medium", None, "medium"]


def test_graver_alarm_does_not_wait(run: Run) -> None:
    assert run(SOUND, [[0, ["medium-a"]], [200, ["medium-a", "high-b"]]]) == ["medium", "high"]


def test_pause_ends_with_a_new_alarm_or_after_two_minutes(run: Run) -> None:
    a, both = ["high-a"], ["high-a", "medium-b"]
    said = run(SOUND, [[0, a], [100, "pause"], [20_000, a], [30_000, both]])
    assert said == ["high", "pause", None, "high"]
    said = run(SOUND, [[0, a], [100, "pause"], [120_099, a], [120_100, a]])
    assert said == ["high", "pause", None, "high"]
    said = run(SOUND, [[0, a], [100, "pause"], [5000, []], [6000, a]])
    assert said[3] == "high", "an alarm that went and came back is new"


# Each step is [name, ...]; the mat is reached unless a step says otherwise.
ASKS = """
  const sent = []; let reached = true;
  const asks = new m.Asks((verb, args) => { sent.push([verb, args]); return reached ? `x-${sent.length}` : null; });
  const banner = { zone: 'l_toes', rule: 'limit', rules: ['limit', 'warning'], key: 'k', seen: false };
  const steps = {
    press: (which, now) => { asks[which].press(banner, now); return null; },
    reply: (id, ok) => { asks.answered({ id, ok }); return null; },
    lose: () => { reached = false; return null; },
    is: (changes) => { Object.assign(banner, changes); return null; },
    ask: (now) => asks.about(banner, now),
  };
  return [arg.map(([name, ...rest]) => steps[name](...rest)), sent];
"""


def asked(run: Run, *steps: list[Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """What the page then knows at each step `ask`, and what it has sent."""
    said, sent = run(ASKS, list(steps))
    return [each for each in said if each is not None], sent


def test_page_says_when_the_mat_has_not_heard(run: Run) -> None:
    said, sent = asked(
        run,
        ["ask", 0],
        ["press", "seen", 0],
        ["ask", 3000],
        ["reply", "x-1", True],
        ["ask", 3001],
        ["reply", "x-2", True],
        ["ask", 9000],
    )
    words = [each["seenWord"] for each in said]
    assert words == [None, "Telling the mat …", "Not sent. Press again", "Telling the mat …"]
    of = {"zone": "l_toes"}
    assert sent == [
        ["alarm.ack", {**of, "rule": "limit"}],
        ["alarm.ack", {**of, "rule": "warning"}],
    ]


def test_page_says_when_the_mat_refuses_or_cannot_be_reached(run: Run) -> None:
    (refused,), _ = asked(run, ["press", "seen", 0], ["reply", "x-2", False], ["ask", 1])
    (lost,), _ = asked(run, ["lose"], ["press", "seen", 0], ["ask", 1])
    (other,), _ = asked(run, ["press", "seen", 0], ["is", {"key": "another"}], ["ask", 1])
    assert [each["seenWord"] for each in (refused, lost, other)] == [
        "Not sent. Press again",
        "Not sent. Press again",
        None,
    ]


def test_beside_is_said_only_when_pressed_and_forgotten_when_it_sounds_again(run: Run) -> None:
    said, sent = asked(
        run,
        ["is", {"seen": True, "rules": ["limit"]}],
        ["press", "beside", 0],
        ["ask", 1],
        ["reply", "x-1", True],
        ["ask", 2],
        ["is", {"seen": False}],
        ["ask", 3],
        ["is", {"seen": True}],
        ["ask", 4],
    )
    assert [each["besideDone"] for each in said] == [False, True, False, False]
    assert said[0]["besideWord"] == "Telling the mat …"
    assert sent == [["alarm.ack", {"zone": "l_toes", "rule": "limit", "beside": True}]]


def test_seen_is_forgotten_once_it_is_so(run: Run) -> None:
    """Raised again after two minutes, it must not say that it is still being told."""
    said, _ = asked(
        run, ["press", "seen", 0], ["is", {"seen": True}], ["ask", 1], ["is", {"seen": False}], ["ask", 2]
    )  # fmt: skip
    assert said[1]["seenWord"] is None


def test_pause_counts_down_and_is_used_up(run: Run) -> None:
    said, sent = asked(
        run,
        ["is", {"rules": ["limit"]}],
        ["press", "pause", 0],
        ["reply", "x-1", True],
        ["ask", 3000],
        ["ask", 59_000],
        ["ask", 120_001],
    )
    assert sent == [["alarm.pause", {"zone": "l_toes", "rule": "limit", "seconds": 120}]]
    assert [each["pauseLeftMs"] for each in said] == [117_000, 61_000, 0]
    assert [each["pauseUsed"] for each in said] == [False, True, True]
    failed, _ = asked(run, ["press", "pause", 0], ["reply", "x-1", False], ["ask", 9000])
    assert (failed[0]["pauseUsed"], failed[0]["pauseWord"]) == (False, "Not sent. Press again")


def test_point_is_hit_only_on_or_near_the_foot(run: Run) -> None:
    outline = foot_outline()
    script = """const parts = m.footParts(arg[0], [260, 98]);
      return arg[2].map(([x, y]) => m.zoneAt(arg[1], parts, x, y)?.id ?? null);"""
    points = [(-60, 30), (60, 30), (-47, 240), (0, 100), (-40, 110), (124, 30)]
    assert run(script, [outline, ZONES, points]) == [
        "l_heel_med",
        "r_heel_med",
        "l_toes",
        None,
        None,
        None,
    ]


def foot_outline() -> dict[str, Any]:
    """Outline of a foot, as the dashboard serves it."""
    text = resources.files("core").joinpath("foot.json").read_text(encoding="utf-8")
    outline: dict[str, Any] = json.loads(text)
    return outline


def test_arrow_keys_go_to_the_neighbour(run: Run) -> None:
    script = """const from = arg[0].find((zone) => zone.id === 'l_heel_lat');
      return ['ArrowRight', 'ArrowUp', 'ArrowLeft', 'Tab'].map((key) => m.neighbour(arg[0], from, key)?.id ?? null);"""
    assert run(script, [ZONES]) == ["l_heel_med", "l_ball", None, None]
