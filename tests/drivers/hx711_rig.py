"""A mat on paper: chips on mock pins, the lines of a real driver over them, and what is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from core.frames import VOID, CellFrames, Status
from core.layout import MatLayout, load_layout
from core.layout_spec import CellSpec
from drivers.adafruit import AdafruitBank
from drivers.chip import Chip, ChipFault, ChipTraits
from drivers.chip_board import Board, BoardFactory, CallClock
from drivers.hx711 import Hx711Bank
from drivers.lgpio_lines import LgpioLines
from drivers.lines import GpiozeroLines, Lines, Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.checks import Check

AGE_SLACK_NS = 100
"""Ages are float32."""

DOUT = (5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 23)
OWN_SCK = (16, 17, 18, 19, 20, 21, 22, 23, 24, 25)


def layout_of(n_cells: int, *, shared: bool) -> MatLayout:
    """`full16` with so many cells, all on zones of their own while there are enough."""
    spec = load_layout("full16").spec
    cells = tuple(
        CellSpec(
            spec.zone[n].id,
            490.0,
            dout=DOUT[n],
            sck=4 if shared else OWN_SCK[n],
        )
        for n in range(n_cells)
    )
    return MatLayout(msgspec.structs.replace(spec, cell=cells, zone=spec.zone[:n_cells]))


@dataclass
class FakeLgpio:
    """The group calls of lgpio over a board: each is one call on the clock."""

    board: Board
    SET_PULL_UP: int = 32
    groups: dict[int, tuple[int, ...]] = field(default_factory=dict)
    busy: tuple[int, ...] = ()
    gone: bool = False

    class error(Exception):  # noqa: N801, N818 - lgpio's name
        pass

    def group_claim_output(self, _handle: int, pins: list[int], _levels: list[int]) -> int:
        return self._claim(pins)

    def group_claim_input(self, _handle: int, pins: list[int], flags: int) -> int:
        assert flags == self.SET_PULL_UP
        return self._claim(pins)

    def group_free(self, _handle: int, leader: int) -> int:
        del self.groups[leader]
        return 0

    def group_write(self, _handle: int, leader: int, bits: int, mask: int) -> int:
        self._check()
        t_ns = self.board.clock.call()
        for at, pin in enumerate(self.groups[leader]):
            if mask >> at & 1:
                self.board.drive(pin, bits >> at & 1, t_ns)
        return 0

    def group_read(self, _handle: int, leader: int) -> list[int]:
        self._check()
        t_ns = self.board.clock.call()
        pins = self.groups[leader]
        return [len(pins), sum(self.board.level(p, t_ns) << at for at, p in enumerate(pins))]

    def _check(self) -> None:
        if self.gone:
            raise self.error("unknown handle")

    def _claim(self, pins: list[int]) -> int:
        taken = [pin for group in self.groups.values() for pin in group]
        if any(pin in taken or pin in self.busy for pin in pins):
            raise self.error("GPIO busy")
        self.groups[pins[0]] = tuple(pins)
        return 0


class HandleFactory(BoardFactory):
    """With a handle, as gpiozero's lgpio factory has."""

    _handle = 7


def noisy_sine(number: int) -> Callable[[int, int], float]:
    """Load of one cell: no two conversions alike, no step that the glitch check minds."""
    base, swing, hz = 40_000.0 * (number + 1), 30_000.0, 0.7 + 0.13 * number

    def signal(t_ns: int, gain: int) -> float:
        return (base + swing * float(np.sin(6.2832 * hz * t_ns / 1e9))) * gain / 128

    return signal


@dataclass
class Mat:
    """What a test may ask for, and what came of it."""

    n_cells: int = 8
    shared: bool = False
    traits: Mapping[str, Any] = field(default_factory=dict)
    ppm: tuple[float, ...] = ()
    spread_ppm: float = 30_000.0
    faults: Mapping[int, tuple[ChipFault, ...]] = field(default_factory=dict)
    call_ns: tuple[int, int] = (2_000, 2_000)
    oversleep_ns: int = 60_000
    gain: int = 128
    rate_hz: float = 80.0
    seed: int = 1
    back_end: str = "lgpio"
    kind: str = "hx711"
    checks: frozenset[Check] | None = None
    start_ns: int = 10**12

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.layout = layout_of(self.n_cells, shared=self.shared)
        self.wiring = Wiring.of(self.layout)
        self.clock = CallClock(self.call_ns, None, self.oversleep_ns, self.seed, self.start_ns)
        ppm = self.ppm or tuple(rng.uniform(-self.spread_ppm, self.spread_ppm, self.n_cells))
        traits = {"rate_hz": self.rate_hz, "noise_counts": 400.0, **self.traits}
        self.chips = [
            Chip(
                noisy_sine(n),
                ChipTraits(ppm=float(ppm[n]), seed=1000 * self.seed + n, **traits),
                self.faults.get(n, ()),
                self.start_ns - int(rng.integers(0, 10**8)),
            )
            for n in range(self.n_cells)
        ]
        self.board = Board(
            self.clock,
            dict(zip(self.wiring.dout, self.chips, strict=True)),
            {
                pin: [self.wiring.dout[n] for n in range(self.n_cells) if mask >> n & 1]
                for pin, mask in zip(self.wiring.sck, self.wiring.cells, strict=True)
            },
        )
        self.factory = HandleFactory(self.board)
        self.lgpio = FakeLgpio(self.board)
        bank = AdafruitBank if self.kind == "adafruit" else Hx711Bank
        self.bank = bank(
            self.layout,
            self.open_lines,
            self.clock,
            self.rate_hz,
            self.gain,
            **({} if self.checks is None else {"checks": self.checks}),
        )

    def open_lines(self, wiring: Wiring) -> Lines:
        if self.back_end == "lgpio":
            return LgpioLines(wiring, self.factory, self.lgpio)
        return GpiozeroLines(wiring, self.factory)

    def wrong(self, frames: CellFrames) -> list[tuple[int, int, int]]:
        """Readings passed as good that no conversion, and no mean of two, of their age explains."""
        found = []
        for row in range(len(frames)):
            t_ns = round(float(frames.t_s[row]) * 1e9)
            for n, chip in enumerate(self.chips):
                status = int(frames.status[row, n])
                if status & int(VOID | Status.GLITCH):
                    continue
                oldest_ns = t_ns - round(float(frames.age_s[row, n]) * 1e9) - AGE_SLACK_NS
                if int(frames.counts[row, n]) not in self.true_counts(chip, t_ns, oldest_ns):
                    found.append((row, n, int(frames.counts[row, n])))
        return found

    def true_counts(self, chip: Chip, t_ns: int, oldest_ns: int) -> set[int]:
        """Codes that may be given at a time, no older than the age that is told with them."""
        recent = [c for c in chip.converted_by(t_ns, 7) if c.gain == self.gain]
        young = {c.counts for c in recent if c.end_ns >= oldest_ns}
        # A mean of two has the age of the newer.
        return young | {
            round((new.counts + old.counts) / 2)
            for new, old in pairwise(recent)
            if new.end_ns >= oldest_ns
        }
