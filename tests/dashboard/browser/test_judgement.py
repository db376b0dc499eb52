"""What the page may say: freshness, readings, sentence, banner, sound. The clock is passed in."""
# ruff: noqa: E501 -- pieces of JavaScript and packed expectations read better on one line

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.browser import fake_mat
from tests.dashboard.browser.fake_mat import BOOT, CONTACT, OTHER_BOOT, UNKNOWN, VALID, ZONES, alarm

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


BANNER = "return m.bannerOf(arg[0], arg[1], { nowS: arg[2], wallMs: new Date(2026, 10, 23, 10, 43, 0).getTime() });"


def test_banner_says_what_the_mat_says(run: Run) -> None:
    banner = run(BANNER, [[alarm(), alarm(zone="l_toes")], ZONES, 61.0])
    assert (banner["title"], banner["priority"], banner["raised"]) == (
        "Lift your left heel",
        "high",
        True,
    )
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


def test_priority_that_the_page_does_not_know_is_the_gravest(run: Run) -> None:
    assert (
        run(BANNER, [[alarm(priority="extreme", instruction="", reason="")], ZONES, 61.0])[
            "priority"
        ]
        == "high"
    )


def test_buttons(run: Run) -> None:
    script = "return m.buttonsOf(arg[0], arg[1]);"
    can = {"canAck": True, "ackWord": None, "sounding": True, "soundRuns": True, "pauseLeftMs": 0}
    raised = {"priority": "high", "raised": True}
    assert run(script, [raised, can]) == {"ack": "I have seen this", "silence": "Silence for 2 min"}
    assert run(script, [raised, {**can, "pauseLeftMs": 61_000}])["silence"] == "Silent for 1:01"
    assert run(script, [raised, {**can, "soundRuns": False}])["silence"] == "Turn sound on"
    assert run(script, [raised, {**can, "canAck": False}])["ack"] is None
    assert run(script, [{**raised, "raised": False}, {**can, "sounding": False}]) == {
        "ack": None,
        "silence": None,
    }
    assert run(script, [{**raised, "priority": "low"}, can]) == {"ack": None, "silence": None}


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


def test_acknowledge_says_when_nobody_heard(run: Run) -> None:
    script = """
      const banner = { zone: 'l_toes', rule: 'limit' };
      const make = (id) => { const sent = []; return [new m.Acknowledge((...all) => { sent.push(all); return id; }), sent]; };
      const [lost] = make(null); lost.press(banner, 0);
      const [slow, sent] = make('x-1'); slow.press(banner, 0);
      const words = [lost.word(banner, 1), slow.word(banner, 3000), slow.word(banner, 3001)];
      slow.answered({ id: 'x-1', ok: false }); words.push(slow.word(banner, 10));
      return [words, sent, slow.word({ zone: 'r_toes', rule: 'limit' }, 10)];
    """
    words, sent, other = run(script)
    assert words == [
        "Not sent. Press again",
        "Telling the mat …",
        "Not sent. Press again",
        "Not sent. Press again",
    ]
    assert sent == [["alarm.ack", {"zone": "l_toes", "rule": "limit"}]]
    assert other is None


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
