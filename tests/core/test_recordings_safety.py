"""The safety engine on real walks: what it says, and that the slow reference says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.engine import Engine
from core.frames import ForceFrames
from core.layout import load_layout
from core.profiles import Profile
from core.recordings import read_recording
from core.units import to_cn, to_us
from tests.core.reference import Frame, Reference
from tests.core.reference_limits import Person, Plate
from tests.core.test_reference import plain, same_figures

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unmeasured

LAYOUT = load_layout("insole16")
WALKS = {"walk_normal": 7, "walk_slow": 9, "walk_fast": 4}
"""At least so many zones with an advisory at class 1."""


def walk(folder: Path, name: str, share: float = 1.0) -> ForceFrames:
    with (folder / "feet" / f"{name}.csv").open(encoding="utf-8") as lines:
        recording = read_recording(lines, name)
        columns = recording.columns_for(LAYOUT)
        blocks = list(recording.blocks)
    force_n = np.concatenate([block.force_n[:, columns] for block in blocks]) * share
    t_us = to_us(np.concatenate([block.t_s for block in blocks]))
    valid = ~np.isnan(force_n)
    return ForceFrames(np.arange(len(t_us)), t_us, to_cn(np.nan_to_num(force_n)), valid)


@pytest.mark.parametrize("name", WALKS)
def test_walking_on_numb_feet_is_advised_against(name: str, shared_data: Path) -> None:
    events = Engine(LAYOUT, Profile(mode="standing")).feed_forces(walk(shared_data, name)).events
    advised = {e.zone for e in events if (e.rule, e.state) == ("advisory", "raised")}
    assert len(advised) >= WALKS[name]


@pytest.mark.parametrize("name", WALKS)
def test_a_tenth_of_it_as_when_seated_raises_no_alarm(name: str, shared_data: Path) -> None:
    events = Engine(LAYOUT, Profile()).feed_forces(walk(shared_data, name, 0.1)).events
    assert [e for e in events if e.kind == "alarm"] == []


def reference(skin: int) -> Reference:
    plates = [
        Plate(zone.area_cm2 or 0.0, zone.contact_fraction, zone.peak_ratio, zone.foot == "right")
        for zone in LAYOUT.spec.zone
    ]
    # Areas of recordings are never scaled: a person whose foot is the layout's.
    person = Person((skin,) * len(plates), LAYOUT.spec.foot_mm, seated=False)
    return Reference(plates, LAYOUT.spec.foot_mm, person)


@pytest.mark.parametrize("skin", [0, 1, 2, 3])
@pytest.mark.parametrize("name", WALKS)
def test_both_engines_agree_on_every_event(name: str, skin: int, shared_data: Path) -> None:
    frames = walk(shared_data, name)
    found = Engine(LAYOUT, Profile(mode="standing", unset_class=skin)).feed_forces(frames).events
    slow = reference(skin)
    capacity_cn = 100_000
    expected = []
    nothing = (frozenset[str](),) * 16
    rows = zip(frames.t_us.tolist(), frames.force_cn.tolist(), frames.valid.tolist(), strict=True)
    for t_us, force, valid in rows:
        load = tuple(max(-(-f * 10_000 // capacity_cn), 0) if v else 0
                     for f, v in zip(force, valid, strict=True))  # fmt: skip
        frame = Frame(t_us, tuple(force), tuple(valid), load, (0,) * 16, nothing)
        expected += slow.feed(frame)
    assert len(found) > 10
    assert [plain(e)[:5] for e in found] == [e[:5] for e in expected]
    assert all(same_figures(plain(a), b) for a, b in zip(found, expected, strict=True))
