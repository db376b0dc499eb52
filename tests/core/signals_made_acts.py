"""What happens to the zone that a made-up signal is about, frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from tests.core.reference_limits import Bounds, Person, Plate, seated_cn, weight_cn
from tests.core.reference_rules import CELL_FAULTS

if TYPE_CHECKING:
    from tests.core.reference import Frame

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
    quietly = grave == "quietly"  # an advisory that stands, with no foot on the mat any more
    force_cn = 0 if grave == "nothing" else scene.bound_cn("advisory" if quietly else grave)
    force_cn += 0 if grave in ("nothing", "quietly") else draw(NEAR)
    away = scene.frames(0.5) + 1 + draw(st.integers(-1, 4))
    again = draw(st.sampled_from([0, 1, scene.frames(1.0)]))
    beats = [Beat(force_cn)] * draw(SHORT) + [Beat(0)] * (
        2 if quietly else draw(st.sampled_from([0, 0, 2]))
    )
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
