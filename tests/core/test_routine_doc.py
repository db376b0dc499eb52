"""docs/routines.md says of each shipped routine what its file says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.coach_beeps import BEEPS
from core.routines import SHIPPED, load_routine

if TYPE_CHECKING:
    from core.routine_spec import StepSpec

PAGE = (Path(__file__).parents[2] / "docs" / "routines.md").read_text("utf-8")


def band(step: StepSpec) -> str:
    if step.action == "rest":
        return ""
    sitting = "class" if step.band_kpa is None else "{:g}–{:g}".format(*step.band_kpa)
    if "standing" not in step.modes:
        return f"{sitting} / not standing"
    assert step.standing_band_kpa is not None
    return sitting + " / {:g}–{:g}".format(*step.standing_band_kpa)


def row(step: StepSpec) -> str:
    action = f"{step.action}, in turn" if step.feet == "in_turn" else step.action
    cells = (step.name, action, " ".join(step.targets), step.repetitions or "", band(step))
    line = " | ".join(str(cell) for cell in (*cells, f"{step.longest_s:g} s"))
    return f"| {line} |".replace("|  |", "| |").replace("|  |", "| |")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tables_are_the_files(name: str) -> None:
    spec = load_routine(name)
    (section,) = (part for part in PAGE.split("\n### ") if part.startswith(f"{name}: "))
    heading = section.splitlines()[0]
    minutes, seconds = divmod(int(sum(step.whole_s for step in spec.step)), 60)
    locked = ", locked" if spec.locked else ""
    assert heading == f"{name}: {spec.name} ({minutes}:{seconds:02d} at most{locked})"
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [row(step) for step in spec.step]


def test_the_traditional_names_are_the_files() -> None:
    for step in load_routine("reflex").step:
        names = ", ".join(step.traditional)
        assert not names or f'{step.name.lower()} "{names}"' in PAGE.lower()


def test_the_tones_are_those_that_sound() -> None:
    lines = PAGE.split("## What the beeps mean")[1].split("## Shipped")[0].splitlines()
    table = [line for line in lines if line.startswith("| ")][1:]
    for line, sequence in zip(table, BEEPS.values(), strict=True):
        tones = [part.tone_hz for part in sequence]
        if "twice" in line:
            assert sequence == (*BEEPS["hold_done"], sequence[3], *BEEPS["hold_done"])
        elif "four tones" in line:
            assert (tones[0], tones[-1], len(tones)) == (350, 650, 4)
        else:
            assert all(str(tone) in line for tone in tones)
