"""Hours in few frames: stretches that repeat, a frame a second or two, and gaps without any.

A second without a frame is a loaded one, and contact goes on through a gap: so a gap stands for
many frames, and the exact second is met by the frames that follow it, one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from tests.core.reference_limits import Person, bounds_of
from tests.core.signals_made import add, frames_of
from tests.core.signals_made_acts import FOOT_MM, MS, PLATES, QUIET, Beat, Command, S, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.core.reference_limits import Bounds


class Stretch(NamedTuple):
    """Frames that come one like the other, after a gap."""

    beat: Beat
    n: int
    step_us: int = 1 * S
    gap_us: int = 0


class Scene(NamedTuple):
    name: str
    bounds: Bounds
    person: Person


class Scenario(NamedTuple):
    name: str
    act: Callable[[st.DrawFn, Scene], list[Stretch]]
    classes: tuple[int, ...] = (0, 1, 2)
    seated: bool = True
    mass_kg: float | None = None


NEAR = st.sampled_from([-1, 0, 0, 1])
STEP = st.sampled_from([1 * S, 1 * S, 950 * MS, 500 * MS, 400 * MS])
GAP_S = {0: 895, 1: 850, 2: 280, 3: 850}
"""By class: a little less than what makes `sustained`."""


def load(draw: st.DrawFn, scene: Scene) -> list[Stretch]:
    """Stay on a zone about as long as it may be, look away or not, and relieve it."""
    on, bound = Beat(scene.bounds.sustained_cn + draw(NEAR)), scene.bounds.sustained_cn
    gap_us = GAP_S[scene.bounds.skin_class] * S + draw(st.sampled_from([0, 400_000, 7 * S]))
    some = [Stretch(on, 1), Stretch(Beat(bound - 1), 1)] * draw(st.integers(0, 2))
    lost = [Stretch(Beat(bound, valid=False), 2)] * draw(st.integers(0, 1))
    held = [*some, Stretch(on, 2), Stretch(on, draw(st.integers(10, 30)), draw(STEP), gap_us)]
    return [*held, *lost, *again(draw, on), *relieve(draw)]


def hold(draw: st.DrawFn, scene: Scene) -> list[Stretch]:
    """Press a class 2 zone, or one that becomes class 2, through 285 seconds of frames."""
    on = Beat(scene.bounds.sustained_cn + draw(NEAR))
    pieces = draw(st.sampled_from([(284, 0), (285, 0), (140, 15, 145), (140, 16, 145), (290, 0)]))
    zero = Beat(scene.bounds.sustained_cn - 1)
    held = [Stretch((on, zero)[k % 2], n) for k, n in enumerate(pieces)]
    return [*held, *relieve(draw)]


def again(draw: st.DrawFn, on: Beat) -> list[Stretch]:
    """Let 120 s pass after an acknowledgement, or not."""
    return [Stretch(on, draw(st.sampled_from([0, 3, 60, 119, 122, 125])), draw(STEP))]


def relieve(draw: st.DrawFn) -> list[Stretch]:
    n = draw(st.sampled_from([118, 119, 120, 121, 121, 122, 122, 125, 125]))
    broken = draw(st.sampled_from([False, False, True]))
    return [Stretch(QUIET, n), *([Stretch(Beat(50_000), 1), Stretch(QUIET, 123)] if broken else [])]


def stay(draw: st.DrawFn, scene: Scene) -> list[Stretch]:
    """Stay on the mat for about 30 minutes, go, and come back."""
    on = Beat(scene.bounds.contact_cn)
    gap_us = draw(st.sampled_from([1_790 * S, 1_795_123_456, 1_798 * S]))
    stays = [Stretch(on, 2), Stretch(on, draw(st.integers(5, 20)), draw(STEP), gap_us)]
    stays += again(draw, on)
    away_us = draw(st.sampled_from([0, 0, 9 * S, 160 * S, 169 * S, 170 * S, 181 * S]))
    gone = [Stretch(QUIET, draw(st.integers(8, 13))), Stretch(QUIET, 13, gap_us=away_us)]
    return [*stays, *gone, Stretch(on, draw(st.integers(1, 70)))]


def visit(draw: st.DrawFn, scene: Scene) -> list[Stretch]:
    """Come and go at about 10 s and 180 s."""
    on, out = Beat(scene.bounds.contact_cn), []
    for _ in range(draw(st.integers(2, 4))):
        away = draw(st.sampled_from([9 * S, 10 * S - 1, 10 * S, 178 * S, 180 * S - 1, 190 * S]))
        out += [Stretch(on, draw(st.integers(1, 12))), Stretch(QUIET, 1)]
        out += [Stretch(QUIET, draw(st.integers(1, 12)), draw(STEP), away - 1 * S)]
    return out


def keep(draw: st.DrawFn, scene: Scene) -> list[Stretch]:
    """Keep one alarm or fault up until its acknowledgement is 120 s old."""
    beat = {
        "overload": Beat(500, load_bp=10_001),
        "excluded_contact": Beat(scene.bounds.excluded_cn),
        "zone_lost": Beat(0, valid=False),
        "stale": Beat(0, valid=False),
        "standing_not_allowed": Beat(40_000),
        "total_mismatch": Beat(2_000),
        "too_often": Beat(scene.bounds.contact_cn),
    }.get(scene.name)
    if beat is None:
        force_cn = scene.bounds.cn.get(scene.name, draw(st.sampled_from([0, 2_000])))
        beat = Beat(force_cn, conditions=frozenset({scene.name} - set(scene.bounds.cn)))
    before = scene.bounds.cn.get("warning", 0) if scene.name == "zone_lost" else 0
    calm = Stretch(QUIET, draw(st.integers(1, 9)), 400 * MS)
    kept = Stretch(beat, draw(st.integers(5, 20)), draw(STEP))
    on = [Stretch(beat, draw(st.sampled_from([119, 120, 121, 124])), 1 * S)]
    return [Stretch(Beat(before), 3, 400 * MS), kept, *on, calm]


KEPT = ("advisory", "warning", "limit", "overload", "zone_lost", "stale", "cell_stuck",
        "cell_desync", "standing_not_allowed", "too_often")  # fmt: skip

SCENARIOS = (
    Scenario("sustained 0", load, (0,)),
    Scenario("sustained 1", load, (1,)),
    Scenario("sustained 2", load, (2,)),
    Scenario("sustained held", hold, (2,)),
    Scenario("change", load, (0, 1, 3)),
    Scenario("time_over", stay),
    Scenario("visit", visit),
    *(Scenario(name, keep) for name in KEPT),
    Scenario("excluded_contact", keep, (3,)),
    Scenario("total_mismatch", keep, seated=False, mass_kg=50.0),
)


def draw_track(draw: st.DrawFn, stretches: list[Stretch]) -> tuple[list[int], list[Beat]]:
    """Lay stretches one after the other, from somewhere in a second."""
    t_us = draw(st.sampled_from([0, 1, 500_000, 999_999, 77_123_456]))
    times, beats = [], []
    for stretch in stretches:
        t_us += stretch.gap_us
        for _ in range(stretch.n):
            t_us += stretch.step_us
            times.append(t_us)
            beats.append(stretch.beat)
    return times, beats


SCRIPTS = (("pause", "beside"), ("pause", "remote"), ("pause", "pause"), ("beside", "pause"))
NAMES = {"beside": "acknowledge", "remote": "acknowledge", "wake": "rest"}
RESTS = (("rest",), ("rest", "wake"), ("start", "rest", "wake"), ("stop",), ("pause", "stop"))
CHANGES = (("person",), ("person", "person"), ("pause", "person"), ("person", "beside"))


def draw_commands(
    draw: st.DrawFn, t_us: list[int], first: int, scenario: Scenario, person: Person
) -> dict[int, tuple[Command, ...]]:
    """Draw what people do, from the frame on before which the alarm is not to be expected."""
    commands: dict[int, tuple[Command, ...]] = {}
    at = first
    scripts = {"change": CHANGES, "visit": RESTS}.get(scenario.name, SCRIPTS)
    for name in draw(st.sampled_from(scripts)):
        at = min(at + draw(st.integers(1, 9)), len(t_us) - 1)
        one = Command(
            NAMES.get(name, name),
            t_us[at - 1],
            yes=name in ("beside", "rest"),
            seconds=draw(st.sampled_from([1, 60, 120])) if name == "pause" else 0,
        )
        if name == "person":
            to = draw(st.sampled_from([(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)]))
            one = one._replace(person=person._replace(classes=to))
        add(commands, at, one)
        if name == "pause" and draw(st.booleans()):
            at += 40
    return commands


def draw_other(draw: st.DrawFn, bounds: Bounds, n: int) -> list[Beat]:
    """Draw a zone that rests, or is loaded for a while, whatever the scenario."""
    force_cn = draw(st.sampled_from([0, 0, 0, 0, bounds.sustained_cn, bounds.sustained_cn - 1]))
    first = draw(st.integers(0, n - 1)) if force_cn else n
    return [QUIET] * first + [Beat(force_cn)] * (n - first)


@st.composite
def long_signals(draw: st.DrawFn, scenario: Scenario | None = None) -> Signal:
    """Signals around one scenario, or around any."""
    scenario = scenario or draw(st.sampled_from(SCENARIOS))
    zone = draw(st.integers(0, len(PLATES) - 1))
    classes = [1, 1, 1]
    classes[zone] = draw(st.sampled_from(scenario.classes))
    person = Person(tuple(classes), FOOT_MM, scenario.seated, scenario.mass_kg)
    bounds = [bounds_of(plate, person, at, FOOT_MM) for at, plate in enumerate(PLATES)]
    stretches = scenario.act(draw, Scene(scenario.name, bounds[zone], person))
    t_us, beats = draw_track(draw, stretches)
    n = len(t_us)
    tracks = [beats if at == zone else draw_other(draw, one, n) for at, one in enumerate(bounds)]
    # The alarm comes in the first stretch after a gap, or early.
    gap_at = next((k for k in range(1, n) if t_us[k] - t_us[k - 1] > 60 * S), 2)
    first = 284 if scenario.name == "sustained held" else gap_at
    commands = draw_commands(draw, t_us, min(first, n - 1), scenario, person)
    cuts = tuple(draw(st.lists(st.integers(1, n - 1), max_size=3)))
    earlier_us = (t_us[0] - 3600 * S,) if scenario.name == "too_often" else ()
    return Signal(person, frames_of(t_us, tracks), cuts, commands, earlier_us)
