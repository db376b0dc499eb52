"""The card shows what the mat plays, whole, within the page, and without need of colour."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from core import signals
from core.coach_beeps import BEEPS
from core.signals import BURSTS, LIGHTS, Blink, Burst
from pi.command_line import main
from pi.lights_card import BODY_SIZE, HEIGHT, MARK, NOTE_SIZE, SEE_SIZE, WIDTH, draw_card
from pi.lights_card_routine import draw_routine, heard
from pi.lights_card_words import answers, beeps, rhythm, rows
from tests.chromium import chromium, find

SVG = "{http://www.w3.org/2000/svg}"
DOC = Path(__file__).resolve().parents[2] / "docs/indicators.md"
ROUTINES = DOC.with_name("routines.md")


def groups() -> dict[str, ET.Element]:
    root = ET.fromstring(draw_card())  # noqa: S314 - our own text
    found = root.iter(f"{SVG}g")
    return {each.attrib["data-sign"]: each for each in found if "data-sign" in each.attrib}


def bars(group: ET.Element) -> list[tuple[float, float]]:
    """Begin and width of each beep of a row."""
    return [(float(r.attrib["x"]), float(r.attrib["width"])) for r in group.iter(f"{SVG}rect")]


@pytest.mark.parametrize(
    ("blink", "words"),
    [
        (LIGHTS["high"], "twice a second"),
        (LIGHTS["medium"], "1 second on, 1 off"),
        (LIGHTS["low"], "steady"),
        (Blink("red", 100, 200), "5 times a second"),
    ],
)
def test_rhythms(blink: Blink, words: str) -> None:
    assert rhythm(blink) == words


@pytest.mark.parametrize(
    ("burst", "words"),
    [
        (BURSTS["high"], "3 + 2 beeps, twice, every 7 s"),
        (BURSTS["medium"], "3 beeps, every 6 s"),
        (BURSTS["low"], "1 beep, every 30 s"),
        (Burst(400, ((0, 100), (200, 300)), 700), "2 beeps, every 1 s"),
    ],
)
def test_beeps(burst: Burst, words: str) -> None:
    assert beeps(burst) == words


def test_everything_that_the_mat_can_show_is_on_it_with_a_shape_of_its_own() -> None:
    shown = rows()
    assert len({row.sign for row in shown}) == len(shown) == len(groups())
    assert [row.standing.light for row in shown if row.standing.light] == list(LIGHTS)
    assert [row.standing.sound for row in shown if row.standing.sound] == list(BURSTS)
    assert [word for word, _ in answers()] == ["done", "refused", "ended"]


def test_the_strips_are_what_is_played() -> None:
    medium = bars(groups()["triangle"])
    # Three beeps, and three more in the 8 s that are shown; each as long as its gap.
    assert len(medium) == 6
    (first, wide), (second, _), *_ = medium
    assert second - first == pytest.approx(2 * wide, rel=1e-3)
    assert len(bars(groups()["octagon"])) == 10 + 4
    assert bars(groups()["tick"]) == bars(groups()["cross"]) == []


def test_another_table_makes_another_card(monkeypatch: pytest.MonkeyPatch) -> None:
    before = draw_card()
    monkeypatch.setitem(signals.LIGHTS, "high", Blink("red", 500, 1000))
    assert "Red, once a second" in draw_card()
    assert draw_card() != before


def test_the_page_of_the_docs_says_the_same_of_what_is_to_be_done() -> None:
    text = re.sub(r"[*“”]", "", DOC.read_text("utf-8"))
    for row in rows():
        if row.standing.light:
            assert row.do.split(". ")[-1] in text


def test_the_other_side_tells_all_of_a_routine_and_identify() -> None:
    root = ET.fromstring(draw_routine(""))  # noqa: S314 - our own text
    found = {g.attrib["data-heard"]: g for g in root.iter(f"{SVG}g")}
    assert set(found) == {*BEEPS, "identify"}
    for name, sequence in BEEPS.items():
        # Each tone is a bar, each stretch of light an outline beside the three lines of a row.
        assert len(bars(found[name])) == sum(step.tone_hz is not None for step in sequence)
        lights = len(list(found[name].iter(f"{SVG}path"))) - 3
        assert lights == (2 if name == "let_go" else 1)
    page = ROUTINES.read_text("utf-8").lower()
    assert all(row.hear.split(",")[0].lower().replace("short ", "") in page for row in heard()[:-2])


@pytest.mark.parametrize("side", [draw_card(), draw_routine("")])
def test_letters_are_large(side: str) -> None:
    sizes = {int(size) for size in re.findall(r'font-size="(\d+)"', side)}
    # Tenths of a millimetre; 3.5 of them are a point.
    assert min(sizes) / 3.53 >= 11
    assert NOTE_SIZE / 3.53 >= 13
    assert BODY_SIZE / 3.53 >= 15
    assert SEE_SIZE > BODY_SIZE


def test_the_command_writes_it_and_nothing_of_other_people_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["indicators", "card", "--svg", "-"]) == 0
    assert capsys.readouterr().out == draw_card()
    assert main(["indicators", "card", "--svg", "-", "--routine"]) == 0
    assert capsys.readouterr().out == draw_routine(MARK)
    file = tmp_path / "card.svg"
    for _ in range(2):
        assert main(["indicators", "card", "--svg", str(file)]) == 0
    assert file.read_text("utf-8") == draw_card()
    file.write_text("mine")
    assert main(["indicators", "card", "--svg", str(file)]) == 1
    assert file.read_text() == "mine"
    assert main(["indicators", "card", "--svg", str(tmp_path / "no" / "x")]) == 1
    assert capsys.readouterr().err.count("\n") == 2


def test_indicators_alone_want_a_configuration() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["indicators"])
    assert caught.value.code == 2


@pytest.mark.skipif(not find(), reason="no Chromium")
@pytest.mark.parametrize("side", [draw_card(), draw_routine("")])
def test_no_words_run_out_of_the_page_or_into_each_other(side: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(side)
        boxes = page.evaluate(
            """() => {
                const scale = 2100 / document.querySelector('svg').getBoundingClientRect().width;
                return [...document.querySelectorAll('text')].map(t => {
                    const b = t.getBoundingClientRect();
                    const e = document.querySelector('svg').getBoundingClientRect();
                    return [t.textContent, (b.left - e.left) * scale, (b.right - e.left) * scale,
                            (b.top - e.top) * scale, (b.bottom - e.top) * scale];
                });
            }"""
        )
    for words, left, right, top, bottom in boxes:
        assert 100 <= left < right <= WIDTH - 100, words
        assert 0 <= top < bottom <= HEIGHT, words
    for at, (words, left, right, top, bottom) in enumerate(boxes):
        for other, left_2, right_2, top_2, bottom_2 in boxes[at + 1 :]:
            # Boxes of lines hold room for accents: a quarter of a line may be shared.
            shared = min(bottom, bottom_2) - max(top, top_2)
            beside = right <= left_2 or right_2 <= left
            assert beside or shared <= (bottom - top) / 4 + 1, (words, other)
