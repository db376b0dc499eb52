"""Signals that hypothesis makes up, each around one scenario, so that few meet every rule.

`signals` are short and quick; `long_signals`, in `signals_made_long`, are hours in few frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from tests.core.reference import Frame
from tests.core.reference_limits import Bounds, Person, Plate, bounds_of, seated_cn, weight_cn
from tests.core.reference_zone import CELL_FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MS = 1_000
S = 1_000_000
HOUR_US = 3600 * S
FOOT_MM = (260.0, 98.0)
PLATES = [
    Plate(36.0, 1.0, 4.5, right=False),
    Plate(17.3, 0.7, 2.1, right=False),
    Plate(20.0, 1.0, 2.2, right=True),
]
MAX_FRAMES = 200
LOSSES = ("lost nothing", "lost advisory", "lost warning", "lost limit")
REPORTED = ("indicator", "profile_missing")


class Beat(NamedTuple):
    """One zone in one frame."""

    force_cn: int
    valid: bool = True
    load_bp: int = 0
    least_cn: int = 0
    conditions: frozenset[str] = frozenset()


class Command(NamedTuple):
    """What somebody does between two frames; fields that its name does not need stay as here."""

    name: str
    t_us: int
    zone: int | None = None
    rule: str | None = None
    yes: bool = True
    """Beside the mat, or that a fault holds."""
    seconds: int = 0
    person: Person | None = None


class Signal(NamedTuple):
    person: Person
    frames: tuple[Frame, ...]
    cuts: tuple[int, ...]
    commands: dict[int, tuple[Command, ...]]
    """By number of the frame before which they come, at least 1."""
    earlier_us: tuple[int, ...] = ()
    """Starts of earlier sessions."""


class Scene(NamedTuple):
    """What an act needs to know: its scenario, its zone, and how fast frames come."""

    name: str
    bounds: Bounds
    person: Person
    rate_hz: float

    def frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.rate_hz))

    def bound_cn(self, name: str) -> int:
        return self.bounds.cn.get(name, self.bounds.excluded_cn)


QUIET = Beat(0)
NEAR = st.sampled_from([-1, 0, 0, 1, 1, 40])
FEW = st.integers(-2, 6)
SHORT = st.integers(1, 30)


def levels(bounds: Bounds) -> list[int]:
    """Forces on both sides of everything that is compared."""
    at = [0, -30, 50_000, 10**6]
    for bound in (*bounds.cn.values(), bounds.excluded_cn, bounds.contact_cn, bounds.sustained_cn):
        at += [bound - 1, bound, bound + 1, 9 * bound // 10, -(-9 * bound // 10)]
        at += [(bound - 1) // 2, (bound + 1) // 2]
    return at


# Acts: what happens to the zone that the scenario is about


def press(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """Hold a zone at a limit for about as long as it may be, and let go, or not quite."""
    bound = scene.bound_cn(scene.name)
    persistence_us = scene.bounds.persistence_us.get(scene.name, S // 2)
    hold = scene.frames(persistence_us / S + draw(st.sampled_from([0.0, 0.25, 1.0]))) + draw(FEW)
    after = draw(st.sampled_from([0, 0, 9 * bound // 10, (9 * bound - 1) // 10, bound // 2]))
    pressed = Beat(bound + draw(NEAR))
    return [pressed] * max(hold, 1) + [Beat(after)] * draw(SHORT)


def waver(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """Mean exactly at a limit, from values on both sides of it; some of them bad."""
    bound = scene.bound_cn(draw(st.sampled_from(["advisory", "warning", "limit"])))
    off = draw(st.sampled_from([0, 1, bound // 2]))
    other = Beat(bound - off + draw(NEAR), draw(st.booleans()))
    return [Beat(bound + off), other] * scene.frames(draw(st.sampled_from([1.0, 2.0])))


def tap(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    bound = scene.bound_cn("limit")
    low = draw(st.sampled_from([0, (bound - 1) // 2, (bound - 1) // 2, (bound + 1) // 2]))
    one = [Beat(low)] * draw(st.integers(1, 3)) + [Beat(bound)] * draw(st.integers(1, 2))
    pause = [Beat(0)] * draw(st.sampled_from([0, 0, scene.frames(5.0)]))
    return one * 3 + pause + one * draw(st.integers(1, 4))


def blow(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    bound = scene.bound_cn("ceiling")
    one = [Beat(bound + draw(NEAR))] * draw(st.integers(1, 4))
    between = [Beat(draw(st.sampled_from([0, bound])), valid=False)] * draw(st.integers(0, 2))
    return one + between + one


def strain(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """Cells near what they can bear."""
    load = st.sampled_from([0, 8_999, 9_000, 9_001, 9_999, 10_000, 10_001, 14_000])
    beats = [Beat(500, load_bp=draw(st.sampled_from([10_000, 10_001, 12_000])))]
    for _ in range(draw(st.integers(1, 4))):
        valid = draw(st.sampled_from([True, True, False]))
        beats += [Beat(500, valid, draw(load))] * draw(st.integers(1, scene.frames(0.8)))
    return beats


def lose(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """No good frame of a zone for about 0.5 s, with nothing, little or much on it."""
    grave = scene.name.removeprefix("lost ")
    force_cn = 0 if grave == "nothing" else scene.bound_cn(grave) + draw(NEAR)
    away = scene.frames(0.5) + 1 + draw(st.integers(-1, 4))
    again = draw(st.sampled_from([0, 1, scene.frames(1.0)]))
    beats = [Beat(force_cn)] * draw(SHORT) + [Beat(0)] * draw(st.sampled_from([0, 0, 2]))
    beats += [Beat(0, valid=False)] * away
    return beats + [Beat(0)] * again + [Beat(0, valid=False)] * (away * (again > 0))


def fail(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """A cell fault that comes and goes, while the foot comes and goes."""
    conditions = frozenset({scene.name, draw(st.sampled_from([scene.name, *CELL_FAULTS]))})
    on = scene.bounds.contact_cn
    beats = [Beat(draw(st.sampled_from([0, on])), conditions=conditions)] * draw(SHORT)
    for _ in range(draw(st.integers(0, 3))):
        holds = draw(st.sampled_from([conditions, frozenset[str]()]))
        force_cn = draw(st.sampled_from([0, on // 2, on - 1, on]))
        beats += [Beat(force_cn, conditions=holds)] * draw(st.integers(1, scene.frames(1.5)))
    return beats


def stand(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """Total at the bound of standing, or a tenth off the weight."""
    weight = weight_cn(scene.person) or 60_000
    total = st.sampled_from([
        seated_cn(scene.person), seated_cn(scene.person) + 1, 2 * weight,
        weight - weight // 10, weight - weight // 10 - 1,
        weight + weight // 10, weight + weight // 10 + 1,
    ])  # fmt: skip
    seconds = 1.0 if scene.person.seated else 5.0
    longer = draw(st.sampled_from([0.0, 0.0, 1.0]))
    beats = [Beat(draw(total))] * max(1, scene.frames(seconds + longer) + 1 + draw(FEW))
    return beats + [Beat(draw(total))] * draw(st.integers(0, scene.frames(2.0)))


def touch(draw: st.DrawFn, scene: Scene) -> list[Beat]:
    """On and off, near the bound of contact, which the zero of the cells may raise."""
    bound = scene.bounds.contact_cn
    if scene.bounds.skin_class == 3:
        bound = draw(st.sampled_from([bound, scene.bounds.excluded_cn]))
    at = [0, 0, bound - 1, bound, 2 * bound, (bound + 1) // 2, (bound - 1) // 2]
    at_first = bound if scene.name == "too_often" else draw(st.sampled_from([0, 0, bound]))
    beats = [Beat(at_first)] * scene.frames(1.0)
    for _ in range(draw(st.integers(0, 4))):
        force_cn, least_cn = draw(st.sampled_from(at)), draw(st.sampled_from(at))
        beats += [Beat(force_cn, least_cn=least_cn)] * draw(SHORT)
    return beats


SCRIPTS = (
    ("pause", "beside"), ("pause", "beside"), ("pause", "remote"), ("pause", "remote", "beside"),
    ("pause", "pause", "beside", "beside"), ("remote", "beside"), ("beside", "pause"), (),
)  # fmt: skip
"""What people do to what stands, in this order."""
OFTEN = (("pause", "beside", "stop"), ("pause", "stop"), ("stop",), ("remote", "stop", "start"))
CHANGES = (("person", "pause", "beside"), ("person", "person"), ("beside", "person", "person"))


class Scenario(NamedTuple):
    name: str
    act: Callable[[st.DrawFn, Scene], list[Beat]]
    classes: tuple[int, ...] = (0, 1, 1, 2)
    tempi: tuple[tuple[int, ...], ...] = ()
    seated: tuple[bool, ...] = (True, False)
    masses_kg: tuple[float | None, ...] = (None, 50.0)
    scripts: tuple[tuple[str, ...], ...] = SCRIPTS


MIXED = (100 * MS, 100 * MS, 100 * MS, 12_500, 12_500, 12_500)
SLOW = ((100 * MS,), (100 * MS,), (90_909,), MIXED)
QUICK = ((27_027,), (27_027,), (12_500,), (10_753,), MIXED, MIXED)
ANY = (*SLOW, (50 * MS,), (250 * MS,), (500 * MS,), (500 * MS + 1,), *QUICK)

SCENARIOS = (
    Scenario("advisory", press),
    Scenario("warning", press),
    Scenario("limit", press),
    Scenario("excluded_contact", press, (3,)),
    Scenario("change", press, scripts=CHANGES),
    Scenario("waver", waver),
    Scenario("taps", tap, (0, 1, 2, 3)),
    Scenario("ceiling", blow, tempi=QUICK),
    Scenario("overload", strain, (0, 1, 2, 3)),
    Scenario("lost nothing", lose, (1, 3)),
    Scenario("lost advisory", lose),
    Scenario("lost warning", lose),
    Scenario("lost limit", lose, (0, 1, 2, 3)),
    Scenario("standing", stand, (0, 1), seated=(True,), masses_kg=(None, 20.0)),
    Scenario("standing_not_allowed", stand, (2, 3), seated=(True,), masses_kg=(None, 20.0)),
    Scenario("total_mismatch", stand, seated=(False,), masses_kg=(5.0, 20.0)),
    Scenario("touch", touch, (1, 3)),
    Scenario("too_often", touch, (1,), tempi=SLOW, scripts=OFTEN),
    Scenario("indicator", touch, tempi=SLOW),
    Scenario("profile_missing", touch, tempi=SLOW),
    *(Scenario(name, fail) for name in CELL_FAULTS),
)

EDITS: dict[int, list[tuple[tuple[str, float], ...]]] = {
    0: [(("warning_kpa", 180.0), ("warning_s", 0.5)), (("limit_kpa", 300.0),)],
    1: [(("advisory_kpa", 80.0),), (("limit_kpa", 400.0), ("ceiling_kpa", 600.0))],
    2: [(("limit_kpa", 90.0), ("limit_s", 0.25)), (("advisory_kpa", 25.0), ("warning_s", 5.0))],
    3: [()],
}
"""By class: what a clinician may write."""


def draw_person(draw: st.DrawFn, zone: int, scenario: Scenario) -> Person:
    """Draw somebody whose limits hold, the class of one zone as the scenario wants it."""
    others = [(1, 1, 1), (1, 1, 1), (0, 1, 2), (2, 0, 1)]
    if scenario.name != "standing":
        others += [(3, 1, 0), (2, 3, 3)]
    classes = list(draw(st.sampled_from(others)))
    classes[zone] = draw(st.sampled_from(scenario.classes))
    who = Person(
        tuple(classes),
        draw(st.sampled_from([FOOT_MM, FOOT_MM, None, (251.0, 93.5)])),
        draw(st.sampled_from(scenario.seated)),
        draw(st.sampled_from(scenario.masses_kg)),
    )
    special = draw(st.sampled_from(["none", "none", "none", "edit", "cap"]))
    # What a clinician wrote must fit every class that the zone may get in mid-session.
    if special == "edit" and classes[zone] < 3 and scenario.name != "change":
        return who._replace(edits=((zone, draw(st.sampled_from(EDITS[classes[zone]]))),))
    if special == "cap":
        return who._replace(caps_kpa=((zone, draw(st.sampled_from([60.5, 130.0, 190.0]))),))
    return who


def draw_other(draw: st.DrawFn, scene: Scene, n: int) -> list[Beat]:
    """Draw what happens meanwhile to a zone that the scenario is not about: often nothing."""
    what = draw(st.sampled_from(["nothing", "nothing", "levels", "strain", "loss"]))
    beats: list[Beat] = []
    if what == "levels":
        at = st.sampled_from(levels(scene.bounds))
        for _ in range(draw(st.integers(1, 4))):
            beats += [Beat(draw(at), draw(st.sampled_from([True, True, False])))] * draw(SHORT)
    elif what == "strain":
        beats = strain(draw, scene)
    elif what == "loss":
        beats = lose(draw, scene._replace(name=draw(st.sampled_from(LOSSES))))
    return (beats + [QUIET] * n)[:n]


def draw_times(draw: st.DrawFn, tempo: Sequence[int], n: int) -> list[int]:
    """Frames of one tempo with jitter, and gaps in which nothing comes."""
    jitter = draw(st.sampled_from([(0,), (0,), (0, 1, -1), (0, 2_000, -1_500, 7)]))
    gaps_us = st.sampled_from([1, 40 * MS, 499 * MS, 500_001, 1_100 * MS, 10 * S, 120 * S])
    gaps = draw(st.dictionaries(st.integers(0, n - 1), gaps_us, max_size=2))
    t_us, out = draw(st.sampled_from([0, 12_345_678, 999_000])), []
    for k in range(n):
        t_us += tempo[k % len(tempo)] + jitter[k % len(jitter)] + gaps.get(k, 0)
        out.append(t_us)
    return out


SECONDS = st.sampled_from([1, 1, 2, 60, 120])


def draw_commands(
    draw: st.DrawFn, t_us: Sequence[int], n_lead: int, scenario: Scenario, persons: Sequence[Person]
) -> dict[int, tuple[Command, ...]]:
    """Draw when people do what; most of it is done to whatever stands."""
    script = draw(st.sampled_from(scenario.scripts))
    places = st.integers(min(n_lead + 1, len(t_us) - 1), len(t_us) - 1)
    half = draw(st.sampled_from([0, 0, 1]))
    commands: dict[int, tuple[Command, ...]] = {}
    for name, at in zip(script, sorted(draw(places) for _ in script), strict=True):
        one = Command(name, t_us[at - 1] + half * ((t_us[at] - t_us[at - 1]) // 2))
        if name in ("beside", "remote", "pause"):
            zone, rule = draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (0, 1), (1, 0), (1, 1)]))
            one = one._replace(
                zone=draw(st.integers(0, 2)) if zone else None,
                rule=scenario.name if rule else None,
                yes=name == "beside",
                name="pause" if name == "pause" else "acknowledge",
            )
        if name == "pause":
            one = one._replace(seconds=draw(SECONDS))
        if name == "person":
            one = one._replace(person=draw(st.sampled_from(persons)))
        add(commands, at, one)
    return commands


def add(commands: dict[int, tuple[Command, ...]], at: int, one: Command) -> None:
    commands[at] = (*commands.get(at, ()), one)


def draw_reports(
    draw: st.DrawFn, t_us: Sequence[int], commands: dict[int, tuple[Command, ...]]
) -> None:
    """Let faults of the mat be found, and mended."""
    n = len(t_us)
    for rule in REPORTED:
        first = draw(st.integers(1, n // 3))
        last = draw(st.integers(n // 3 + 1, max(n // 3 + 1, n - 25)))
        add(commands, first, Command("report", t_us[first - 1], rule=rule))
        add(commands, last, Command("report", t_us[last - 1], rule=rule, yes=False))


def draw_earlier(draw: st.DrawFn, now_us: int) -> tuple[int, ...]:
    """Draw starts of earlier sessions, about 24 h and 7 days before."""
    day, week = 24 * HOUR_US, 168 * HOUR_US
    ago = [(1,), (day - 1,), (day - 1, week), (2, 3, 4), (week - 1, 100 * HOUR_US, day),
           (week, 100 * HOUR_US, day), (day,)]  # fmt: skip
    return tuple(now_us - us for us in draw(st.sampled_from(ago)))


def frames_of(t_us: Sequence[int], zones: Sequence[Sequence[Beat]]) -> tuple[Frame, ...]:
    """Put the beats of all zones side by side."""
    return tuple(
        Frame(t, *map(tuple, zip(*beats, strict=True)))
        for t, *beats in zip(t_us, *zones, strict=True)
    )


@st.composite
def signals(draw: st.DrawFn, scenario: Scenario | None = None) -> Signal:
    """Signals around one scenario, or around any."""
    scenario = scenario or draw(st.sampled_from(SCENARIOS))
    zone = draw(st.integers(0, len(PLATES) - 1))
    person = draw_person(draw, zone, scenario)
    tempo = draw(st.sampled_from(scenario.tempi or (*SLOW, *ANY)))
    rate_hz = S * len(tempo) / sum(tempo)
    bounds = [bounds_of(plate, person, at, FOOT_MM) for at, plate in enumerate(PLATES)]
    scene = Scene(scenario.name, bounds[zone], person, rate_hz)
    beats = [QUIET] * draw(st.integers(0, 3)) + scenario.act(draw, scene)
    n_lead = 2 * len(beats) // 3
    calm = scene.frames(draw(st.sampled_from([3.2, 3.2, 3.2, 6.0, 2.0, 0.1])))
    beats = (beats + [QUIET] * max(2, calm + draw(FEW)))[:MAX_FRAMES]
    t_us = draw_times(draw, tempo, len(beats))
    tracks = [
        beats if at == zone else draw_other(draw, scene._replace(bounds=one), len(beats))
        for at, one in enumerate(bounds)
    ]
    if scenario.act is fail:
        # The same fault at the other foot, which stays where it is, on the mat or off it.
        other = 0 if zone == 2 else 2
        force_cn = draw(st.sampled_from([0, bounds[other].contact_cn]))
        tracks[other] = [beat._replace(force_cn=force_cn) for beat in beats]
    persons = [person] + [person._replace(classes=(c,) * 3, edits=()) for c in range(4)]
    commands = draw_commands(draw, t_us, n_lead, scenario, persons)
    if scenario.name in REPORTED:
        draw_reports(draw, t_us, commands)
    cuts = tuple(draw(st.lists(st.integers(1, len(beats) - 1), max_size=4)))
    earlier_us = draw_earlier(draw, t_us[0]) if scenario.name == "too_often" else ()
    return Signal(person, frames_of(t_us, tracks), cuts, commands, earlier_us)
