"""Someone who may command a mat, and means harm: what is sent, and what must not have changed."""

from __future__ import annotations

import json
import queue
import time
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from pi.broker_config import HOST
from tests.pi.hostile import Hostile
from tests.pi.mqtt import DEADLINE_S, ROOT
from tests.pi.test_hostile import EXAMPLES

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from tests.pi.swift import SwiftMat
    from tests.pi.yard import Yard

FUZZED, OVERSIZE, REPLAYS, RETAINED = 10_000, 1_000, 1_000, 20
AT_ONCE = 12
"""Below what the link lets wait, so that each is looked at."""


class Stranger:
    """Someone with the right to command; counts what is answered."""

    def __init__(self, yard: Yard) -> None:
        self._replies: queue.Queue[bytes] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        account = yard.broker.commander
        self._client.username_pw_set(account.user, account.password)
        self._client.max_inflight_messages_set(AT_ONCE)
        self._client.on_connect = lambda client, *_: client.subscribe(ROOT + "reply", 1)
        self._client.on_message = lambda _c, _d, got: self._replies.put(bytes(got.payload))
        subscribed: queue.Queue[int] = queue.Queue()
        self._client.on_subscribe = lambda *_: subscribed.put(1)
        self._client.connect(HOST, yard.broker.port)
        self._client.loop_start()
        subscribed.get(timeout=DEADLINE_S)

    def say(self, payload: bytes, *, retain: bool = False) -> None:
        """Send something to the mat."""
        self._client.publish(ROOT + "cmd", payload, 1, retain).wait_for_publish(DEADLINE_S)

    def ask(self, mat: SwiftMat, *payloads: bytes) -> list[dict[str, object]]:
        """Send some at once, and let the mat live until all are answered."""
        for payload in payloads:
            self._client.publish(ROOT + "cmd", payload, 1)
        return [self.hear(mat) for _ in payloads]

    def hear(self, mat: SwiftMat) -> dict[str, object]:
        """Let the mat live until it answers."""
        give_up_s = time.monotonic() + DEADLINE_S
        while self._replies.empty():
            assert time.monotonic() < give_up_s, "no answer"
            mat.live(0.1)
            mat.rest(0.001)
        return dict(json.loads(self._replies.get()))

    def close(self) -> None:
        """Go."""
        self._client.disconnect()
        self._client.loop_stop()


def attack(yard: Yard, share: float, counts: Counter[str]) -> None:
    """Send all of it, or a share, and count what should not be."""
    stranger = Stranger(yard)
    with yard.scribe(), yard.mat(grid_s=0.1, mass_kg=0.001) as mat:
        hostile = Hostile(yard.rng, mat.boot_id)
        mat.wait_up()
        mat.live(5)
        first = json.dumps(hostile.good("profile.set", EXAMPLES["profile.set"])).encode()
        assert stranger.ask(mat, first)[0]["ok"], "the one good command was refused"
        before, link = standing(mat), mat.link
        for payloads in _in_portions(hostile, share):
            replies = stranger.ask(mat, *payloads)
            counts["commands"] += len(replies)
            counts["obeyed"] += sum(reply["ok"] is not False for reply in replies)
            counts["changes"] += standing(mat) != before
        for _ in range(max(1, round(REPLAYS * share / AT_ONCE))):
            counts["commands"] += len(stranger.ask(mat, *[first] * AT_ONCE))
            counts["changes"] += standing(mat) != before
        for _ in range(max(1, round(RETAINED * share))):
            counts["obeyed"] += _retained(yard, mat, stranger, hostile)
            counts["commands"] += 1
            counts["changes"] += standing(mat) != before
        counts["restarts"] += mat.link is not link
    stranger.close()


def _in_portions(hostile: Hostile, share: float) -> Iterator[list[bytes]]:
    for _ in range(round(FUZZED * share / AT_ONCE)):
        yield [hostile.any() for _ in range(AT_ONCE)]
    for _ in range(round(OVERSIZE * share / AT_ONCE)):
        yield [hostile.oversize() for _ in range(AT_ONCE)]


def _retained(yard: Yard, mat: SwiftMat, stranger: Stranger, hostile: Hostile) -> bool:
    """Leave a good command with the broker while the mat is away; say whether it was obeyed."""
    before = yard.gate.n_connections
    yard.gate.cut()
    remove = hostile.good("profile.remove", {"person": "ann"})
    stranger.say(json.dumps(remove).encode(), retain=True)
    yard.gate.open()
    # Answers of before that nobody has confirmed come again first.
    reply = stranger.hear(mat)
    while reply["id"] != remove["id"]:
        reply = stranger.hear(mat)
    assert yard.gate.n_connections > before
    stranger.say(b"", retain=True)
    # The word that clears it reaches a mat as an empty command.
    while stranger.hear(mat)["id"]:
        pass
    return reply["ok"] is not False


def standing(mat: SwiftMat) -> tuple[object, ...]:
    """Everything that a command may change."""
    sampler = mat.sampler
    guide, engine, bank = sampler._guide, sampler._engine, sampler._source.bank
    assert guide
    assert bank
    return (
        (guide._roster.people, engine.people, id(engine.limits)),
        (guide._session, id(guide._routine._coach), guide._routine.is_live),
        engine.calibration and engine.calibration.id,
        [(alarm.raised.key, alarm.state) for alarm in engine.active],
        (sampler._lease_until_s, vars(bank)["_presses"]._presses),
    )
