"""The HX711 bit by bit, on a virtual clock: what the drivers' tests read instead of a chip.

Follows the data sheet ("HX711 24-Bit ADC", V2.0) and, where it is silent, what people measured on
real ones; what nobody knows is an option of `ChipTraits`. Does not model: rise times, the sinc
filter's step response between settled conversions, supply ripple, temperature.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from core.datasheet import (
    COUNTS_MAX,
    COUNTS_MIN,
    DATA_BITS,
    POWER_DOWN_S,
    PULSES_BY_GAIN,
    SETTLING_CONVERSIONS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NS_PER_S = 1_000_000_000
POWER_DOWN_NS = round(POWER_DOWN_S * NS_PER_S)

BLIP_NS = 75_000
"""DOUT of a chip that was not read goes high this long at each update (oscilloscope, olkal #81)."""

WORD_MASK = 0xFFFFFF
GAIN_BY_PULSES = {pulses: gain for gain, pulses in PULSES_BY_GAIN.items()}

KEPT_CONVERSIONS = 4096

FaultKind = Literal["open", "stuck_low", "stuck_high", "brown_out", "dead", "noise", "ghost_pulse"]


@dataclass(frozen=True)
class ChipTraits:
    """One chip among others, and what the data sheet leaves open.

    Attributes
    ----------
    rate_hz : float
        10 or 80 with a crystal; internal oscillators were measured at 11.7 and 93.
    ppm : float
        Error of its oscillator.
    jitter_ns : float
        Of each conversion, standard deviation.
    noise_counts : float
        Of each conversion, standard deviation.
    settling : str
        While it settles, DOUT is `silent` (high), or it delivers `garbage`.
    mid_read : str
        What an update does to a word that is being clocked out: `mix` its bits with the new ones,
        `hold` the old ones, or `restart` with the new word.
    after_power_down : str
        `reset` to gain 128, or `restore` the gain that was set.
    seed : int
        Of noise and jitter.
    """

    rate_hz: float = 80.0
    ppm: float = 0.0
    jitter_ns: float = 0.0
    noise_counts: float = 0.0
    settling: Literal["silent", "garbage"] = "silent"
    mid_read: Literal["mix", "hold", "restart"] = "mix"
    after_power_down: Literal["reset", "restore"] = "reset"
    seed: int = 0


@dataclass(frozen=True)
class ChipFault:
    """What is wrong from `begin_ns` until `end_ns`.

    Attributes
    ----------
    kind : str
        `open` DOUT wire (the pull-up holds it high), `stuck_low`, `stuck_high`, `brown_out` (no
        supply, then a start like the first), `dead` (no supply for good), a burst of `noise`, a
        `ghost_pulse` (one clock pulse at `begin_ns` that nobody sent).
    begin_ns, end_ns : int
    noise_counts : float
        Standard deviation that a burst of noise adds.
    in_word : int
        A fault of a wire: begins at this pulse of the first word after `begin_ns`; 0: at once.
    """

    kind: FaultKind
    begin_ns: int = 0
    end_ns: int = 2**63
    noise_counts: float = 1e5
    in_word: int = 0

    def holds(self, t_ns: int) -> bool:
        """Whether it is there at a time."""
        return self.begin_ns <= t_ns < self.end_ns


class Conversion(NamedTuple):
    """A settled conversion: when it ended, what it found, and at which gain."""

    end_ns: int
    counts: int
    gain: int


@dataclass
class ChipTally:
    """What happened to a chip that its reader should know, or could not."""

    conversions: int = 0
    lost: int = 0
    mid_read: int = 0
    power_downs: int = 0
    stray_pulses: int = 0
    surplus_pulses: int = 0


class Chip:
    """One HX711. Advanced lazily to the time of each access, which must not go back.

    Parameters
    ----------
    signal : callable
        Ideal counts at a time (ns) and a gain.
    traits : ChipTraits
    faults : sequence of ChipFault
    start_ns : int
        When its supply comes up.
    """

    def __init__(
        self,
        signal: Callable[[int, int], float],
        traits: ChipTraits | None = None,
        faults: Sequence[ChipFault] = (),
        start_ns: int = 0,
    ) -> None:
        self.traits = traits or ChipTraits()
        self.tally = ChipTally()
        self.history: deque[Conversion] = deque(maxlen=KEPT_CONVERSIONS)
        self._signal = signal
        self._lines = [f for f in faults if f.kind in _LINE_LEVEL and not f.in_word]
        self._waiting = [f for f in faults if f.in_word]
        self._noises = tuple(f for f in faults if f.kind == "noise")
        self._incidents = _incidents(faults)
        self._random = random.Random(self.traits.seed)  # noqa: S311 - noise, not secrets
        self._period_ns = NS_PER_S / self.traits.rate_hz * (1 + self.traits.ppm * 1e-6)
        self._sck, self._rise_ns, self._changed_ns = 0, 0, 0
        self._powered, self._down = True, False
        self._power_up(start_ns, cold=True)

    @property
    def period_ns(self) -> float:
        """Its own period, oscillator error included."""
        return self._period_ns

    def dout(self, t_ns: int) -> int:
        """Level of its DOUT line at a time, as a pin sees it."""
        for fault in self._lines:
            if fault.holds(t_ns):
                return _LINE_LEVEL[fault.kind]
        self.advance(t_ns)
        if self._down:
            return 1
        if self._ready and not self._pulses:
            return int(self._next_ns - t_ns < BLIP_NS and self._next_ns > t_ns)
        return self._bit

    def set_sck(self, level: int, t_ns: int) -> None:
        """Drive its PD_SCK line."""
        self.advance(t_ns)
        if level and not self._sck:
            self._sck, self._rise_ns = 1, t_ns
            if not self._down:
                self._pulse(t_ns)
        elif not level and self._sck:
            self._sck = 0
            if self._down and self._powered:
                self._power_up(t_ns, cold=False)

    def advance(self, t_ns: int) -> None:
        """Let its own oscillator run up to a time."""
        while self._incidents and self._incidents[0][0] <= t_ns:
            at_ns, kind = self._incidents.pop(0)
            self._run(at_ns)
            self._happen(kind, at_ns)
        self._run(t_ns)

    def converted_by(self, t_ns: int, n: int) -> list[Conversion]:
        """List the last `n` settled conversions that had ended by a time, newest first."""
        return list(islice((each for each in reversed(self.history) if each.end_ns <= t_ns), n))

    def _happen(self, kind: str, t_ns: int) -> None:
        if kind == "ghost_pulse" and not self._down:
            self._pulse(t_ns)
        elif kind == "off":
            self._powered, self._down, self._ready = False, True, False
        elif kind == "on":
            self._powered = True
            if not self._sck:
                self._power_up(t_ns, cold=True)

    def _power_up(self, t_ns: int, *, cold: bool) -> None:
        self._down = False
        if cold or self.traits.after_power_down == "reset":
            self._gain = 128
        self._wanted_gain = self._gain
        self._data, self._pulses, self._bit = 0, 0, 1
        self._restart(t_ns)

    def _restart(self, t_ns: int) -> None:
        """Begin to settle: a new gain, or a new start."""
        self._settling = SETTLING_CONVERSIONS
        self._ready = False
        self._exact_ns = t_ns + self._period_ns
        self._next_ns = round(self._exact_ns)

    def _run(self, t_ns: int) -> None:
        if self._down:
            return
        asleep = self._sck and t_ns - self._rise_ns > POWER_DOWN_NS
        self._convert_until(self._rise_ns + POWER_DOWN_NS if asleep else t_ns)
        if asleep:
            self._down, self._ready = True, False
            self.tally.power_downs += 1

    def _convert_until(self, t_ns: int) -> None:
        while self._next_ns <= t_ns:
            if self._wanted_gain != self._gain:
                self._gain = self._wanted_gain
                self._restart(self._changed_ns)
                continue
            end_ns = self._next_ns
            self._exact_ns += self._period_ns
            jitter_ns = self.traits.jitter_ns
            self._next_ns = round(
                self._exact_ns + (self._random.gauss(0.0, jitter_ns) if jitter_ns else 0.0)
            )
            self._convert(end_ns)

    def _convert(self, end_ns: int) -> None:
        self.tally.conversions += 1
        settled = self._settling <= 1
        self._settling = max(self._settling - 1, 0)
        if not settled and self.traits.settling == "silent":
            return
        counts = self._measure(end_ns)
        if settled:
            self.history.append(Conversion(end_ns, counts, self._gain))
        else:
            counts >>= self._settling + 1
        self._update(counts & WORD_MASK)

    def _measure(self, end_ns: int) -> int:
        exact = self._signal(end_ns, self._gain)
        rms = self.traits.noise_counts
        for fault in self._noises:
            if fault.holds(end_ns):
                rms += fault.noise_counts
        if rms:
            exact += self._random.gauss(0.0, rms)
        return max(COUNTS_MIN, min(COUNTS_MAX, round(exact)))

    def _update(self, word: int) -> None:
        if 0 < self._pulses < 25:
            self.tally.mid_read += 1
            if self.traits.mid_read == "mix":
                self._data = word
            if self.traits.mid_read != "restart":
                return
        if self._ready and not self._pulses:
            self.tally.lost += 1
        self._data, self._ready, self._pulses, self._bit = word, True, 0, 0

    def _pulse(self, t_ns: int) -> None:
        if not self._ready and not self._pulses:
            self.tally.stray_pulses += 1
            return
        self._pulses += 1
        if self._waiting and self._waiting[0].begin_ns <= t_ns:
            self._begin_in_word(t_ns)
        if self._pulses <= DATA_BITS:
            self._bit = (self._data >> (DATA_BITS - self._pulses)) & 1
            return
        self._bit, self._ready = 1, False
        self._changed_ns = t_ns
        self._wanted_gain = GAIN_BY_PULSES.get(self._pulses, self._gain)
        if self._pulses not in GAIN_BY_PULSES:
            self.tally.surplus_pulses += 1

    def _begin_in_word(self, t_ns: int) -> None:
        if self._pulses == self._waiting[0].in_word:
            self._lines.append(replace(self._waiting.pop(0), begin_ns=t_ns))


_LINE_LEVEL = {"open": 1, "stuck_high": 1, "stuck_low": 0}


def _incidents(faults: Sequence[ChipFault]) -> list[tuple[int, str]]:
    """List what happens to the chip itself, in order of time."""
    found = [(f.begin_ns, "ghost_pulse") for f in faults if f.kind == "ghost_pulse"]
    found += [(f.begin_ns, "off") for f in faults if f.kind in ("brown_out", "dead")]
    found += [(f.end_ns, "on") for f in faults if f.kind == "brown_out"]
    return sorted(found)
