"""What an alarm says to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.layout import load_layout
from core.layout_spec import ZoneSpec
from core.rules import AlarmEvent
from core.words import instruction, part, reason, side, two_digits

ZONES = {zone.id: zone for zone in load_layout("full16").spec.zone}
PLAIN = ZoneSpec("l_x", "left", "Whole Foot", ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)), 1.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"), (0.04, "0.0"), (0.96, "1.0"), (8.4, "8.4"), (9.94, "9.9"), (10.0, "10"),
        (10.4, "10"), (96.0, "96"), (99.4, "99"), (99.6, "100"), (130.0, "130"), (134.9, "130"),
        (136.0, "140"), (240.1, "240"), (994.0, "990"), (996.0, "1000"), (1234.0, "1200"),
    ],
)  # fmt: skip
def test_two_digits(value: float, text: str) -> None:
    assert two_digits(value) == text


@given(st.floats(0.05, 1e5))
def test_two_digits_are_near(value: float) -> None:
    assert float(two_digits(value)) == pytest.approx(value, rel=0.051, abs=0.051)


def event(rule: str, value: float | None = 240.1, limit: float | None = 200.0) -> AlarmEvent:
    fault = rule in ("stale", "zone_lost", "zero_drift")
    if fault:
        value = limit = None
    return AlarmEvent(0, 0, rule, "fault" if fault else "alarm", "high", "raised", value, limit)


@pytest.mark.parametrize(
    ("zone", "rule", "mode", "text"),
    [
        ("l_heel_med", "limit", "seated", "Lift your left heel"),
        ("r_toes", "limit", "standing", "Hold on, sit down, then lift your right toes"),
        ("l_mth45", "warning", "seated", "Ease off your left ball"),
        ("r_arch_lat", "warning", "standing", "Hold on, and ease off your right arch"),
        ("l_toes", "zone_lost", "seated", "Take your left foot off the mat"),
        ("l_toes", "zone_lost", "standing", "Take your left foot off the mat"),
        ("r_heel_lat", "stale", "standing", "No reading under your right heel"),
        ("l_toes", "zero_drift", "seated", "Take everything off the mat, then set it to zero"),
    ],
)
def test_what_to_do(zone: str, rule: str, mode: str, text: str) -> None:
    assert instruction(ZONES[zone], event(rule), mode) == text


def test_why() -> None:
    limit = event("limit")
    assert reason(ZONES["l_heel_lat"], limit, 243.0) == (
        "Outer side: about 240 kPa. Your limit is 200."
    )
    assert reason(ZONES["l_heel_med"], event("warning", limit=150.0), 151.0) == (
        "Inner side: about 150 kPa. Your warning is 150."
    )
    assert reason(ZONES["r_mth23"], limit, 201.0).startswith("Middle: about 200 kPa")
    assert reason(ZONES["r_toes"], limit, 201.0).startswith("Right toes: about 200 kPa")
    assert reason(PLAIN, limit, 99.6).startswith("Left whole foot: about 100 kPa")
    assert reason(ZONES["r_toes"], event("zero_drift"), None).startswith("Zero has moved under")
    assert "cannot warn you" in reason(ZONES["r_toes"], event("zone_lost"), None)


def test_names_of_parts() -> None:
    assert (part(PLAIN), side(PLAIN)) == ("left whole foot", "")
    assert (part(ZONES["r_mth1"]), side(ZONES["r_mth1"])) == ("right ball", "Inner side")
