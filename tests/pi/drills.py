"""The faults of a home, one by one, each played to a mat that takes frames all the while.

After a drill and what `Yard.settle` adds, the recorder must have every frame that was taken, once;
a drill may allow for what nobody can bring back, and then says how it is to be reported.
"""

from __future__ import annotations

import random
import resource
import shutil
import time
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

from core.log_record import MAX_BODY_BYTES
from pi.handover import REC, Message
from pi.wallclock import WallClock
from tests.pi.drill_tools import (
    UnrulyScribe,
    arrived,
    body_of,
    forger,
    in_turn,
    limit_files,
    some,
    start_turned_link,
)
from tests.pi.turned_link import jumping

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pi.yard import Verdict, Yard

TEN_MINUTES_S = 600.0
HOUR_S = 3600.0
DEAD_S = 15.0
"""A dead network is noticed by then."""


def connection_cut_for_ten_minutes(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        some(yard, mat)
        yard.gate.cut()
        mat.live(TEN_MINUTES_S)
        yard.gate.open()
        some(yard, mat)


def connection_half_open(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        some(yard, mat)
        before = yard.gate.n_connections
        yard.gate.hold()
        give_up_s = time.monotonic() + 2 * DEAD_S
        while yard.gate.n_connections == before:
            assert time.monotonic() < give_up_s, "the dead network was not noticed"
            mat.live(1)
            mat.rest(0.1)
        yard.gate.open()
        some(yard, mat)


def broker_killed(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        for _ in range(3):
            some(yard, mat)
            yard.broker.die()
        some(yard, mat)


def broker_state_wiped(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        some(yard, mat)
        yard.broker.forget()
        some(yard, mat)


def link_killed(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        for _ in range(3):
            some(yard, mat)
            mat.link.kill()
        some(yard, mat)


def consumer_down_for_an_hour(yard: Yard) -> None:
    with yard.mat() as mat:
        with yard.scribe():
            some(yard, mat)
        mat.live(HOUR_S)
        with yard.scribe():
            some(yard, mat)


def doubled_and_reordered(yard: Yard) -> None:
    with yard.scribe(partial(UnrulyScribe, yard.rng)), yard.mat() as mat:
        for _ in range(4):
            some(yard, mat)
            mat.rest(0.5)


def damaged_on_the_way(yard: Yard) -> None:
    with yard.scribe(partial(UnrulyScribe, yard.rng, damages=True)), yard.mat() as mat:
        for _ in range(4):
            some(yard, mat)
            mat.rest(0.5)
    assert yard.ledger.damaged, "nothing was damaged"


def record_over_the_limit(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        for kind in ("event", "session", "clock"):
            some(yard, mat)
            mat.courier.send(
                Message(REC, body_of(kind, MAX_BODY_BYTES + yard.rng.randint(1, 60_000)))
            )
        mat.courier.send(Message(REC, body_of("event", MAX_BODY_BYTES)))
        some(yard, mat)


def card_image_restored(yard: Yard) -> None:
    card, image = yard.folder / "mat", yard.folder / "image"
    with yard.scribe() as scribe:
        with yard.mat() as mat:
            some(yard, mat)
        shutil.copytree(card, image)
        with yard.mat() as mat:
            some(yard, mat)
            arrived(scribe, mat)
        shutil.rmtree(card)
        image.rename(card)
        with yard.mat() as mat:
            some(yard, mat)


def consumer_restored(yard: Yard) -> None:
    with yard.mat() as mat:
        with yard.scribe():
            some(yard, mat)
        backup = yard.ledger.backup()
        with yard.scribe() as scribe:
            some(yard, mat)
            arrived(scribe, mat)
        yard.ledger = backup
        backup.put_back()
        with yard.scribe():
            some(yard, mat)


def second_consumer_without_the_right(yard: Yard) -> None:
    """It reads everything, and says that all is stored which nobody has stored."""
    with yard.mat() as mat:
        with forger(yard) as forged:
            mat.live(10)
            mat.rest(2.5)
            for _ in range(20):
                mat.live(yard.rng.randint(1, 10))
                mat.rest(0.05)
            assert forged(), "the second consumer has heard nothing"
        with yard.scribe():
            some(yard, mat)


def disk_full_at_a_random_write(yard: Yard) -> None:
    with yard.scribe(), yard.mat() as mat:
        for _ in range(3):
            some(yard, mat)
            mat.stored()
            wal = yard.folder / "mat/outbox.db-wal"
            limit_files(mat, wal.stat().st_size + yard.rng.randint(0, 20_000))
            mat.live(yard.rng.randint(20, 200), paced=False)
            mat.rest(0.2)
            limit_files(mat, resource.RLIM_INFINITY)
            mat.stored()
        some(yard, mat)


def no_room_in_the_log(yard: Yard) -> None:
    """The one fault here that costs frames: they are given up one by one, and each is told."""
    with yard.mat(rate_hz=80.0, grid_s=0.5, log_mb=1) as mat:
        mat.live(2 * TEN_MINUTES_S)
        with yard.scribe():
            some(yard, mat)


def wall_clock_jumps(yard: Yard) -> None:
    rng = random.Random(yard.rng.random())  # noqa: S311
    turned = partial(WallClock, wall_s=lambda: jumping(rng, time.time()), synchronised=lambda: True)
    with patch("pi.run.WallClock", turned), patch("pi.run.start_link", start_turned_link):
        with yard.mat() as mat:
            with yard.scribe():
                some(yard, mat)
            mat.live(TEN_MINUTES_S)
            with yard.scribe():
                some(yard, mat)
        with yard.scribe(), yard.mat() as mat:
            some(yard, mat)


def two_daemons_with_one_id(yard: Yard) -> None:
    with yard.scribe(), yard.mat("mat") as one, yard.mat("other") as two:
        in_turn(yard, one, two)


def two_daemons_with_one_card(yard: Yard) -> None:
    """Someone has cloned the card: two mats of one id go on with one log."""
    with yard.scribe():
        with yard.mat() as mat:
            some(yard, mat)
        shutil.copytree(yard.folder / "mat", yard.folder / "other")
        with yard.mat("mat") as one, yard.mat("other") as two:
            in_turn(yard, one, two)


DRILLS: dict[str, Callable[[Yard], None]] = {
    drill.__name__: drill
    for drill in (
        connection_cut_for_ten_minutes,
        connection_half_open,
        broker_killed,
        broker_state_wiped,
        link_killed,
        consumer_down_for_an_hour,
        doubled_and_reordered,
        damaged_on_the_way,
        record_over_the_limit,
        card_image_restored,
        consumer_restored,
        second_consumer_without_the_right,
        disk_full_at_a_random_write,
        no_room_in_the_log,
        wall_clock_jumps,
        two_daemons_with_one_id,
        two_daemons_with_one_card,
    )
}
OTHERS = {two_daemons_with_one_id.__name__, two_daemons_with_one_card.__name__}


def play(name: str, yard: Yard) -> Verdict:
    """Play a drill until nothing is left to say, and judge."""
    DRILLS[name](yard)
    yard.settle(*(("mat", "other") if name in OTHERS else ("mat",)))
    return yard.judge()


def wrong(name: str, found: Verdict) -> str:
    """Say what should not be; empty if all is well."""
    expected = {record_over_the_limit.__name__: 3, no_room_in_the_log.__name__: None}
    reported = expected.get(name, 0)
    if reported is None:
        # Each second that is missing is one record, and there is no other.
        reported = found.n_missing_chunks
        if not reported:
            return "nothing had to be given up"
    elif found.n_missing:
        return f"{found.n_missing} of {found.n_frames} frames are missing"
    if found.n_doubled:
        return f"{found.n_doubled} of {found.n_frames} frames are doubled"
    if found.n_reported != reported:
        return f"{found.n_reported} records are reported as lost, not {reported}"
    return ""
