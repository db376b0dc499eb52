"""Commands that no mat may obey: made up by chance, seeded; each is refused for a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.wire import MAX_MESSAGE_BYTES
from pi.verbs import VERBS
from tests.pi.test_hostile import EXAMPLES, places, put

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

WRONG_EVERYWHERE = {"\0": [None]}
"""Fits no argument of any verb, and is no set of arguments."""

BROKER_MAX_BYTES = 126_000
"""Longer ones the brokers keep away."""


class Hostile:
    """Makes commands for one boot of a mat.

    Parameters
    ----------
    rng : Random
    boot_id : str
    """

    def __init__(self, rng: random.Random, boot_id: str) -> None:
        self._rng, self._boot_id = rng, boot_id
        self._n = 0

    def good(self, verb: str, args: object) -> dict[str, Any]:
        """Make a command that is in order, but for its arguments perhaps."""
        self._n += 1
        return {"id": f"h{self._n}", "verb": verb, "args": args, "boot_id": self._boot_id,
                "until_t_s": 1e9}  # fmt: skip

    def any(self) -> bytes:
        """Make one of any kind."""
        return self._rng.choice(KINDS)(self)

    def oversize(self) -> bytes:
        """Make one that is good, but longer than a mat takes."""
        length = self._rng.randint(MAX_MESSAGE_BYTES + 1, BROKER_MAX_BYTES)
        return _bytes(self._example()).ljust(length)

    def noise(self) -> bytes:
        """Make no text at all."""
        return self._rng.randbytes(self._rng.randint(0, 300))

    def cut_off(self) -> bytes:
        """Cut a good one off."""
        whole = _bytes(self._example())
        return whole[: self._rng.randrange(len(whole))]

    def no_text(self) -> bytes:
        """Put a byte into a good one that is no UTF-8."""
        whole = bytearray(_bytes(self._example()))
        whole[self._rng.randrange(len(whole))] = 0xFF
        return bytes(whole)

    def other_json(self) -> bytes:
        """Make JSON of any other shape, perhaps far too deep."""
        if self._rng.random() < 0.1:
            deep = self._rng.randint(1, 20_000)
            return b"[" * deep + b"]" * deep
        return _bytes(self._json(4))

    def near_miss(self) -> bytes:
        """Make a good one with something wrong in one place of its arguments."""
        command = self._example()
        place = self._rng.choice(places(command["args"]))
        return _bytes(command | {"args": put(command["args"], place, WRONG_EVERYWHERE)})

    def field_too_many(self) -> bytes:
        """Make a good one with an argument that its verb does not know."""
        command = self._example()
        return _bytes(command | {"args": command["args"] | {f"x{self._n}": self._json(2)}})

    def wrong_head(self) -> bytes:
        """Make one that is of another boot, too late, of no verb, or has a head of another type."""
        name, value = self._rng.choice(
            [
                ("boot_id", f"{self._rng.getrandbits(64):016x}"),
                ("until_t_s", self._rng.uniform(-1e12, 999.0)),
                ("verb", f"no.such.{self._n}"),
                ("id", ""),
                ("id", "x" * 65),
                *[
                    (head, WRONG_EVERYWHERE)
                    for head in ("id", "verb", "boot_id", "until_t_s", "args")
                ],
            ]
        )
        return _bytes(self._example() | {name: value})

    def _example(self) -> dict[str, Any]:
        verb = self._rng.choice(VERBS)
        return self.good(verb, EXAMPLES[verb])

    def _json(self, depth: int) -> object:
        rng = self._rng
        if depth and rng.random() < 0.6:
            inner = [self._json(depth - 1) for _ in range(rng.randint(0, 4))]
            return inner if rng.random() < 0.5 else {f"k{n}": each for n, each in enumerate(inner)}
        return rng.choice([None, True, -1, 1e308, 2**70, "", "\ud7ff\0" * 9, "é" * 70])


KINDS: tuple[Callable[[Hostile], bytes], ...] = (
    Hostile.noise,
    Hostile.cut_off,
    Hostile.no_text,
    Hostile.other_json,
    Hostile.near_miss,
    Hostile.near_miss,
    Hostile.field_too_many,
    Hostile.wrong_head,
)


def _bytes(value: object) -> bytes:
    return json.dumps(value).encode()
