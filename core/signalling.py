"""What stands and what sounds, followed from alarm to alarm. Time is passed in.

An acknowledged alarm keeps its light. It loses its sound only if whoever acknowledged it is beside
the mat; the engine raises it again after 120 s while it still holds, and then it sounds again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.signals import BURSTS, US_PER_MS, Signal, Standing, Step, signal_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.rules import Key
    from core.standing import ActiveAlarm
    from core.wire import Priority


class Signals:
    """The light and the sound of one mat.

    Parameters
    ----------
    quiet : collection of str
        Priorities that make no sound; high always does.
    """

    def __init__(self, quiet: Collection[Priority] = ()) -> None:
        self._audible = [each for each in BURSTS if each == "high" or each not in quiet]
        self._standing = Standing()
        self._silenced: set[Key] = set()
        self._sounding: dict[Key, Priority] = {}
        self._unseen = False

    @property
    def unseen(self) -> bool:
        """Whether there is something to acknowledge: raised, or still sounding."""
        return self._unseen

    @property
    def sounding(self) -> frozenset[Key]:
        """What has not been acknowledged, or still sounds."""
        return frozenset(self._sounding)

    @property
    def free(self) -> tuple[bool, bool]:
        """Whether light and sound are free for a sequence: no alarm has them."""
        return self._standing.light is None, self._standing.sound is None

    def update(self, active: Collection[ActiveAlarm], t_us: int, *, healthy: bool) -> None:
        """Take note of what stands now.

        Parameters
        ----------
        active : collection of ActiveAlarm
            Everything raised or acknowledged.
        t_us : int
        healthy : bool
            Frames come and every zone is known. Whatever stands outweighs it.
        """
        priority = {each.raised.key: each.raised.priority for each in active}
        quiet = {each.raised.key for each in active if each.state != "raised"}
        self._silenced &= quiet
        audible = {key: value for key, value in priority.items() if key not in self._silenced}
        self._unseen = bool(audible)
        light = next((each for each in BURSTS if each in priority.values()), None)
        sound = next((each for each in self._audible if each in audible.values()), None)
        sound_us = self._sound_us(sound, audible, t_us)
        self._sounding = audible
        self._standing = replace(
            self._standing,
            light=light,
            sound=sound,
            sound_us=sound_us,
            healthy=healthy and light is None,
        )

    def silence(self, zone: int | None = None, rule: str | None = None) -> None:
        """Take the sound of what a person beside the mat has acknowledged; None for all."""
        self._silenced |= {
            key for key in self._sounding if zone in (None, key[0]) and rule in (None, key[1])
        }

    def play(self, steps: tuple[Step, ...], t_us: int) -> None:
        """Play a sequence once; alarms come before it."""
        self._standing = replace(self._standing, sequence=steps, sequence_us=t_us)

    def at(self, t_us: int) -> Signal:
        """Say what to show at a time."""
        return signal_at(self._standing, t_us)

    def _sound_us(self, sound: Priority | None, audible: dict[Key, Priority], t_us: int) -> int:
        """When the bursts begin: at once for what is new, unless a burst is under way."""
        before = self._standing
        if sound is None or sound != before.sound:
            return t_us
        new = any(
            priority == sound and self._sounding.get(key) != sound
            for key, priority in audible.items()
        )
        under_way = t_us - before.sound_us < BURSTS[sound].length_ms * US_PER_MS
        return t_us if new and not under_way else before.sound_us
