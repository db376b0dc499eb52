"""Signals that hypothesis makes up, each around one scenario, so that few meet every rule.

`signals` are short and quick; `long_signals`, in `signals_made_long`, are hours in few frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from tests.core.reference import Frame
from tests.core.reference_limits import Person, bounds_of
from tests.core.reference_rules import CELL_FAULTS
from tests.core.signals_made_acts import (
    FEW,
    FOOT_MM,
    HOUR_US,
    LOSSES,
    MAX_FRAMES,
    MS,
    PLATES,
    QUIET,
    REPORTED,
    SHORT,
    Beat,
    Command,
    S,
    Scene,
    Signal,
    blow,
    fail,
    levels,
    lose,
    press,
    stand,
    strain,
    tap,
    touch,
    waver,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    Scenario("ceiling", blow, tempi=(*QUICK, (50 * MS,), (50 * MS - 1,))),
    Scenario("overload", strain, (0, 1, 2, 3)),
    Scenario("lost nothing", lose, (1, 3)),
    Scenario("lost quietly", lose, scripts=SCRIPTS[:4]),
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
