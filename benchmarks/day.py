"""A day of mat time, as fast as this machine goes: what grows, would grow for months.

People come and go, alarms are raised and cleared, everything is recorded and arrives. The mat runs
in a process of its own, which says once an hour what it and its link hold.
"""

from __future__ import annotations

import json
import random
import select
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from unittest.mock import patch

import psutil

from benchmarks.converters import Found
from drivers.person import Person
from drivers.scenario import Press, Scenario, Shift, Stand, StepOff
from pi.broker_config import Account
from pi.outbox import Outbox
from pi.outbox_room import Room
from tests.pi.swift import SwiftMat
from tests.pi.yard import Yard, frames_of, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.layout import MatLayout

HOURS = 24
HOURS_AT_LEAST = 2
WARM_PART = 12
"""Compared are the end and a twelfth of the time, but no less than an hour."""

HOUR_S = 3600.0
RATE_HZ = 10.0
GROWTH_MAX_MIB = 2.0
LAST_WORD_S = 3.0
MIB = 1024 * 1024

PEOPLE = Scenario(
    (
        StepOff(600.0),
        Stand(300.0),
        Shift(0.7, 200.0),
        Press("l_heel_med", 250.0, 20.0),
        Stand(80.0),
    )
)
"""Twenty minutes of every twenty: a visit with alarms, and an empty mat."""


def campaign(seed: int, share: float) -> Found:
    """Let a day pass, or a part of it."""
    hours = max(HOURS_AT_LEAST, round(HOURS * share))
    with scratch() as folder:
        yard = Yard("mosquitto", folder, random.Random(seed))  # noqa: S311
        try:
            said = _day(yard, hours)
            found = yard.judge()
        finally:
            yard.close()
        waiting = _waiting(folder / "mat")
    warm, end = said[max(hours // WARM_PART, 1) - 1], said[-1]
    grown = {who: (end[who]["rss"] - warm[who]["rss"]) / MIB for who in ("sampler", "link")}
    handles = {who: end[who]["handles"] - warm[who]["handles"] for who in ("sampler", "link")}
    kept = {
        f"memory grew by no more than {GROWTH_MAX_MIB:g} MiB in {hours} h: {grown}": max(
            grown.values()
        )
        <= GROWTH_MAX_MIB,
        f"no file stayed open: {handles}": max(handles.values()) <= 0,
        f"nothing is left in the outbox: {waiting} records": waiting == 0,
        f"every one of {found.n_frames} frames came once": found.n_missing == found.n_doubled == 0,
    }
    words = (
        f"from hour {warm['hour']} to hour {hours} of mat time at {RATE_HZ:g} Hz, the larger of "
        "sampler and link"
    )
    held = " and ".join(f"{end[who]['rss'] / MIB:.1f}" for who in ("sampler", "link"))
    return Found(
        all(kept.values()),
        [f"  {'ok ' if true else 'NOT'} {line}" for line, true in kept.items()],
        {
            "day_memory_growth_mib": (
                (max(grown.values()), "MiB"),
                f"{words}; at the end {held}",
            ),
            "day_handles_growth": ((float(max(handles.values())), "handles"), words),
            "day_outbox_left": ((float(waiting), "records"), f"of {found.n_frames} frames"),
        },
    )


def _day(yard: Yard, hours: int) -> list[dict[str, Any]]:
    """Let a mat live in a process of its own; return what it said each hour."""
    account = yard.broker.mat or Account("", "")
    options = [yard.folder / "mat", yard.gate.port, account.user, account.password, hours]
    argv = [sys.executable, "-m", "benchmarks.day", *map(str, options)]
    with (
        yard.scribe() as scribe,
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mat,
    ):
        *said, end = (json.loads(line) for line in _lines(mat.stdout or sys.stdin))
        yard.taken[end["boot_id"]], yard.rates[end["boot_id"]] = end["n_frames"], RATE_HZ
        scribe.until(lambda got: frames_of(got, end["boot_id"]) >= end["n_frames"])
        # The last word of the recorder is under way.
        threading.Event().wait(LAST_WORD_S)
    return said


def _lines(output: IO[str]) -> Iterator[str]:
    """Read until the day is over; the mat waits then until it is let go."""
    for line in output:
        yield line
        if "boot_id" in line:
            return


def _waiting(folder: Path) -> int:
    """Count what nobody has acknowledged."""
    room = Room(folder, free_bytes=0)
    with closing(Outbox(folder / "outbox.db", room, lambda: "")) as box:
        return box.state.end_seq - box.state.next_seq


def _someone(layout: MatLayout, mass_kg: float, seed: int) -> Person:
    return Person(layout, mass_kg, seed, PEOPLE)


def _weigh(process: psutil.Process) -> dict[str, int]:
    return {"rss": process.memory_info().rss, "handles": process.num_fds()}


def main(folder: str, port: str, user: str, password: str, hours: str) -> None:
    """Be the mat: live, say each hour what is held, and stay until nobody asks for more."""
    account = Account(user, password)
    with (
        patch("pi.banks.Person", _someone),
        SwiftMat(Path(folder), int(port), account, rate_hz=RATE_HZ) as mat,
    ):
        for hour in range(1, int(hours) + 1):
            mat.live(HOUR_S)
            mat.stored()
            held = {"sampler": psutil.Process(), "link": psutil.Process(mat.link.pid)}
            print(
                json.dumps({"hour": hour, **{who: _weigh(held[who]) for who in held}}), flush=True
            )
        mat.sampler.close()
        mat.stored()
        print(json.dumps({"boot_id": mat.boot_id, "n_frames": mat.n_frames}), flush=True)
        while not select.select([sys.stdin], [], [], 0)[0]:
            mat.rest(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
