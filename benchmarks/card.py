"""What an hour on the mat writes to the card: every byte that the mat's two processes hand down.

As the kernel counts it (`write_bytes` of /proc/PID/io): whole pages of files, each time they are
made to reach the card. What the file system itself writes beside, its journal, is not in it.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.results import Result
from tests.pi.yard import Yard

SECONDS = 600
HOUR_S = 3600.0
ACK_EVERY = 2
MEGABYTE = 1_000_000


def run() -> dict[str, Result]:
    """Let somebody stand on a mat, second by second as the card sees it."""
    # Not in memory: there nothing reaches a card.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yard = Yard("mosquitto", Path(folder), random.Random(1))  # noqa: S311
        try:
            n_bytes, outbox = _written(yard)
        finally:
            yard.close()
    value = n_bytes * HOUR_S / SECONDS / MEGABYTE
    return {
        "card_mb_per_session_hour": Result(
            value,
            "MB",
            f"write_bytes of sampler and link over {SECONDS} s of mat time at 80 Hz with a person "
            "of 70 kg who stands, each second committed by itself and acknowledged by every other, "
            "taken to an hour; without the journal of the file system. What is in the log then: "
            f"{outbox * HOUR_S / SECONDS / MEGABYTE:.1f}",
        )
    }


def _written(yard: Yard) -> tuple[int, int]:
    """Bytes to the card, and what the log has grown by."""
    with yard.scribe() as scribe, yard.mat(rate_hz=80.0, grid_s=0.25) as mat:
        mat.wait_up()
        mat.live(5)
        mat.stored()
        time.sleep(3.0)
        scribe.acknowledges = False
        processes = [psutil.Process(), psutil.Process(mat.link.pid)]
        before = sum(process.io_counters().write_bytes for process in processes)
        for second in range(SECONDS):
            mat.live(1)
            mat.stored()
            said = scribe.ledger.ack()
            if said and second % ACK_EVERY == 0:
                scribe.say(said)
                mat.rest(0.01)
        written = sum(process.io_counters().write_bytes for process in processes) - before
    return written, sum(len(record.body) + 64 for record in scribe.ledger.kept)
