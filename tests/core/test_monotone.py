"""Raising any pressure, statuses unchanged, never delays or lowers a use alarm.

Means only grow with their values, and the load of a cell with its force. Taps are left out: a
low frame that is raised is no tap any more, so the lower signal stays below the limit where
`warning` is compared. Nobody acknowledges: who has seen the one has not seen the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import Engine
from core.frames import CellView, ForceFrames
from tests.core.reference_limits import Person, bounds_of
from tests.core.signals_made_acts import FOOT_MM, PLATES, levels
from tests.core.test_reference import LAYOUT, profile_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.unmeasured

STEPS_US = [100_000, 90_909, 50_000, 27_027, 12_500]
RULES = ("advisory", "warning", "limit", "overload", "excluded_contact")
EXAMPLES = max(100, settings().max_examples)


class Pair(NamedTuple):
    """Two signals, the second nowhere below the first."""

    person: Person
    t_us: NDArray[np.int64]
    valid: NDArray[np.bool_]
    force_cn: tuple[NDArray[np.int64], NDArray[np.int64]]
    load_bp: tuple[NDArray[np.int64], NDArray[np.int64]]


def draw_runs(draw: st.DrawFn, values: list[int], n: int) -> list[int]:
    """Values that stay for a while."""
    out: list[int] = []
    while len(out) < n:
        out += [draw(st.sampled_from(values))] * draw(st.sampled_from([1, 2, 5, 12, 30, n]))
    return out[:n]


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    n = draw(st.sampled_from([30, 60, 100]))
    classes = draw(st.sampled_from([(0, 1, 2), (1, 1, 3), (2, 3, 0), (1, 2, 1)]))
    person = Person(classes, FOOT_MM)
    gaps_us = np.array(draw_runs(draw, [0, 0, 0, 40_000, 600_000], n)) * (np.arange(n) % 9 == 0)
    t_us = np.cumsum(draw(st.sampled_from(STEPS_US)) + gaps_us)
    forces, loads, valid = [], [], []
    for at, plate in enumerate(PLATES):
        bounds = bounds_of(plate, person, at, FOOT_MM)
        forces.append(draw_runs(draw, levels(bounds), n))
        loads.append(draw_runs(draw, [0, 8_999, 9_000, 10_000, 10_001], n))
        valid.append(draw_runs(draw, [1, 1, 1, 0], n))
    more = [draw_runs(draw, [0, 0, 1, 2, 300, 9_000, 60_000], n) for _ in PLATES]
    low_cn, low_bp = np.array(forces).T, np.array(loads).T
    raised = np.array(more).T
    return Pair(
        person, t_us, np.array(valid, bool).T, (low_cn, low_cn + raised),
        (low_bp, low_bp + raised // 100),
    )  # fmt: skip


def standing(pair: Pair, which: int) -> dict[str, NDArray[np.bool_]]:
    """Say of each rule whether it stands, shape (n_frames, n_zones)."""
    n, n_zones = pair.valid.shape
    frames = ForceFrames(np.arange(n), pair.t_us, pair.force_cn[which], pair.valid)
    cells = CellView(load_bp=pair.load_bp[which], least_cn=np.zeros(n_zones, np.int64))
    update = Engine(LAYOUT, profile_of(pair.person)).feed_forces(frames, cells=cells)
    stands = {rule: np.zeros((n, n_zones), bool) for rule in RULES}
    for event in update.events:
        if event.rule in stands and event.zone is not None:
            first = int(np.searchsorted(pair.t_us, event.t_us))
            stands[event.rule][first:, event.zone] = event.state == "raised"
    return stands


def without_taps(pair: Pair) -> Pair:
    """Keep the lower signal below the limit of each zone, where no tap is counted."""
    bounds = [bounds_of(plate, pair.person, at, FOOT_MM) for at, plate in enumerate(PLATES)]
    most = np.array([one.cn.get("limit", 10**6) - 1 for one in bounds])
    low_cn, high_cn = pair.force_cn
    return pair._replace(force_cn=(np.minimum(low_cn, most), high_cn))


@settings(max_examples=EXAMPLES)
@given(pairs())
def test_more_pressure_never_delays_or_ends_an_alarm(pair: Pair) -> None:
    less, more = standing(pair, 0), standing(pair, 1)
    for rule in ("advisory", "limit", "overload", "excluded_contact"):
        assert not (less[rule] & ~more[rule]).any(), rule


@settings(max_examples=EXAMPLES)
@given(pairs())
def test_more_pressure_never_delays_or_ends_a_warning_by_its_mean(pair: Pair) -> None:
    pair = without_taps(pair)
    less, more = standing(pair, 0), standing(pair, 1)
    assert not (less["warning"] & ~more["warning"]).any()


def test_pairs_raise_every_rule() -> None:
    """The property is worth something only if alarms come, and not in both alike."""
    came: set[str] = set()
    earlier: set[str] = set()

    @settings(max_examples=100, database=None)
    @given(pairs())
    def look(pair: Pair) -> None:
        for one, rules in ((pair, set(RULES) - {"warning"}), (without_taps(pair), {"warning"})):
            less, more = standing(one, 0), standing(one, 1)
            came.update(rule for rule in rules if less[rule].any())
            earlier.update(rule for rule in rules if (more[rule] & ~less[rule]).any())

    look()
    assert came == set(RULES)
    assert earlier == set(RULES)
