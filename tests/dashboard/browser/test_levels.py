"""Advisories and excluded zones on the page: drawn, named in the table, alarmed, readable."""
# ruff: noqa: E501 -- pieces of JavaScript read better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.fake_mat import (
    CONTACT,
    COUNT_TONES,
    EXCLUDED,
    STANDING,
    UNKNOWN,
    VALID,
    alarm,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.dashboard.browser.conftest import Mat

FREE = {**STANDING, "l_ball": 0.0}
KEPT = {"l_ball": VALID | EXCLUDED}
ADVISORY = alarm(
    rule="advisory",
    zone="r_heel_med",
    priority="low",
    value_kpa=110.4,
    limit_kpa=100.0,
    instruction="Press a little less with your right heel",
    reason="Inner side: about 110 kPa. It is best kept under 100.",
)
ADVISED = {"r_heel_med": VALID | CONTACT | 0x10}
CONTACT_ALARM = alarm(
    rule="excluded_contact",
    zone="l_ball",
    value_kpa=9.1,
    limit_kpa=4.7,
    instruction="Lift your left foot off the mat",
    reason="Left ball: nothing may touch it.",
)
OVERLOAD = alarm(
    rule="overload",
    over=False,
    state="acknowledged",
    value_kpa=None,
    limit_kpa=None,
    instruction="Lift your left heel",
    reason="Outer side: more than the mat is made to bear.",
)

# Share of pixels of a square in a zone that stay the same when it is moved along "\" and along "/".
HATCHING = """([x, y]) => {
  const map = document.querySelector('#map');
  const canvas = map.querySelector('canvas');
  const [left, top, width] = map.querySelector('svg').getAttribute('viewBox').split(' ').map(Number);
  const scale = canvas.width / width;
  const [side, step] = [48, Math.round(4 * canvas.width / map.clientWidth)];
  const at = [(x - left) * scale - side / 2, (-y - top) * scale - side / 2].map(Math.round);
  const { data } = canvas.getContext('2d').getImageData(...at, side, side);
  const light = (column, row) => data[4 * (row * side + column)];
  const same = (down) => {
    let [equal, all] = [0, 0];
    for (let row = step; row < side - step; row += 1)
      for (let column = 0; column < side - step; column += 1, all += 1)
        equal += Math.abs(light(column, row) - light(column + step, row + down * step)) < 40;
    return equal / all;
  };
  const ink = [...Array(side * side).keys()].filter((at) => data[4 * at] < 110).length / side ** 2;
  return { falling: same(1), rising: same(-1), ink };
}"""


def hatching(page: Page) -> dict[str, float]:
    """Of the ball of the left foot."""
    found: dict[str, float] = page.evaluate(HATCHING, [-30 - 49, 0.6 * 260])
    return found


def cell(page: Page, row: str, foot: str = "left") -> Any:  # noqa: ANN401 -- a locator
    return page.locator("#mirror tr", has_text=row).locator(f"td.{foot}")


def test_excluded_zone_is_hatched_down_to_the_right_and_said(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state()
    mat.frame(FREE, status=KEPT)
    drawn = hatching(page)
    assert drawn["falling"] > 0.97
    assert drawn["rising"] < 0.75
    assert 0.15 < drawn["ink"] < 0.5, "broad strokes on paper"
    expect(cell(page, "Ball")).to_have_text("keep off")
    expect(cell(page, "Ball").locator(".track")).to_be_hidden()
    expect(cell(page, "Ball", "right")).to_have_text("66")
    expect(page.locator("#key-excluded")).to_have_text("Keep off: nothing may touch it")
    expect(page.locator("#key-unknown")).to_be_hidden()
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    assert page.locator(".pill-number:visible").count() == 7


def test_unknown_is_hatched_the_other_way_and_comes_first(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state()
    mat.frame(FREE, status={"l_ball": UNKNOWN | EXCLUDED})
    drawn = hatching(page)
    assert drawn["rising"] > 0.97
    assert drawn["falling"] < 0.85
    expect(cell(page, "Ball")).to_have_text("unknown")
    expect(page.locator("#key-excluded")).to_be_hidden()


def test_contact_on_an_excluded_zone_is_alarmed_and_shows_no_number(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state(CONTACT_ALARM)
    mat.frame({**STANDING, "l_ball": 9.0}, status={"l_ball": VALID | CONTACT | EXCLUDED | 0x30})
    expect(page.locator("#banner")).to_have_class("alarm high")
    expect(page.locator("#banner-title")).to_have_text("Lift your left foot off the mat")
    expect(cell(page, "Ball")).to_have_text("keep off Limit")
    expect(cell(page, "Ball").locator(".sign")).to_be_visible()
    assert page.locator("#map .hot:visible").count() > 0
    assert hatching(page)["falling"] > 0.6, (
        "the sign lies on the hatch, not on a colour of the ramp"
    )


def test_advisory_is_calm(mat: Mat, page: Page) -> None:
    mat.open()
    mat.state(ADVISORY)
    mat.frame({**STANDING, "r_heel_med": 110.0}, status=ADVISED)
    banner = page.locator("#banner")
    expect(banner).to_have_class("alarm low")
    expect(page.locator("#banner-title")).to_have_text("Press a little less with your right heel")
    title_px = "parseFloat(getComputedStyle(document.getElementById('banner-title')).fontSize)"
    assert page.evaluate(title_px) == pytest.approx(22, abs=0.01)
    expect(banner).to_have_css("animation-name", "none")
    for button in ("#ack", "#mute", "#beside"):
        expect(page.locator(button)).to_be_hidden()
    expect(page.locator("#title")).to_have_text("All zones within their limits")
    expect(page.locator("#lead")).to_contain_text("One of them is best pressed a little less.")
    expect(page.locator("#say")).to_contain_text("Press a little less")
    expect(page.locator("#say-now")).to_have_text("")
    expect(cell(page, "Heel, inner", "right")).to_contain_text("Advisory")
    sign = page.locator("#map svg.sign:visible")
    expect(sign).to_have_count(1)
    expect(sign.locator("circle").first).to_have_attribute("fill", "var(--low)")


def test_advisory_makes_no_sound(mat: Mat, page: Page) -> None:
    page.add_init_script(COUNT_TONES)
    mat.open()
    mat.state()
    mat.frame()
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    mat.state(ADVISORY)
    mat.frame(status=ADVISED)
    mat.pass_time(500)
    assert page.evaluate("window.tones") == 0
    mat.state(alarm(rule="warning", priority="medium"))
    mat.pass_time(500)
    assert page.evaluate("window.tones") == 3


@pytest.mark.parametrize("rule", ["time_over", "standing_not_allowed"])
def test_alarm_of_the_whole_mat_has_no_place_and_can_be_answered(
    mat: Mat, page: Page, rule: str
) -> None:
    mat.open()
    whole = alarm(
        rule=rule, zone=None, priority="medium", value_kpa=None, limit_kpa=None,
        instruction="Lift both feet off the mat", reason="You have been on the mat for 30 minutes.",
    )  # fmt: skip
    mat.state(whole)
    mat.frame()
    expect(page.locator("#banner-text")).to_have_text("You have been on the mat for 30 minutes.")
    expect(page.locator("#banner-picture")).to_be_hidden()
    page.locator("#ack").click()
    mat.until(lambda: bool(mat.commands))
    assert mat.commands[0]["args"] == {"zone": None, "rule": rule}


# Contrast of each visible text with the first ground below it that is not transparent.
CONTRASTS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = (color) => numbers(color).slice(0, 3).map(linear).reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if ((numbers(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const isText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll('main *')]
    .filter((element) => element.checkVisibility() && isText(element) && !element.closest('svg, .sr'))
    .map((element) => {
      const [a, b] = [getComputedStyle(element).color, ground(element)].map(light);
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim()];
    });
}"""


SCENES: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "advisory": (ADVISORY, {**ADVISED, **KEPT}),
    "keep off": (CONTACT_ALARM, {"l_ball": VALID | CONTACT | EXCLUDED | 0x30}),
    "beside": (alarm(state="acknowledged", over=False), KEPT),
    "overload": (OVERLOAD, KEPT),
    "paused": (alarm(state="paused"), {"l_heel_lat": VALID | CONTACT | 0x30}),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scene", SCENES)
def test_is_readable_on_a_phone_and_a_desk_in_light_and_dark(
    mat: Mat, page: Page, scene: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    mat.open()
    said, status = SCENES[scene]
    mat.state(said)
    mat.frame(FREE, status=status)
    expect(page.locator("#banner")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert [each for each in contrasts if each[0] < 7] == []
