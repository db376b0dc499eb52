"""Checks of what the mat keeps: its folder, the card below it, its calibration, its daemon."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from datetime import date
from typing import TYPE_CHECKING

from core.certificate import expired
from pi.calibration_file import CALIBRATION_FILE, load
from pi.checkup import NOT_APPLICABLE, OK, Finding
from pi.panels import HARDWARE

if TYPE_CHECKING:
    from pathlib import Path

    from pi.checkup import Mat

LEAST_FREE_BYTES, LITTLE_FREE_BYTES = 50_000_000, 500_000_000
"""Below the first the mat soon cannot keep anything; below the second a week may not fit."""

SOON_DAYS = 30
"""How long before its end a calibration or a certificate is worth a word."""

_PROBE_BYTES = 4096
_BLAME = {
    errno.EROFS: "mount it writable; a card that turns read-only by itself wears out: replace it",
    errno.EIO: "the card or disk is failing: copy what is on it and replace it",
    errno.ENOSPC: "make room: delete what is not needed",
    errno.EDQUOT: "make room: delete what is not needed",
}


def data_directory(mat: Mat) -> Finding:
    """Whether the folder is there, can be written, and is closed to others."""
    folder = mat.folder
    if not folder.exists():
        return Finding(OK, f"{folder} is not there yet: the first start makes it")
    refused = probe(folder)
    if refused:
        return blame(folder, refused)
    if folder.stat().st_mode & 0o077:
        advice = "chmod 700 it if it is the mat's alone, else choose another as [data] dir"
        return Finding("warning", f"{folder} is open to others", advice)
    return Finding(OK, f"{folder} can be written, by its owner only")


def probe(folder: Path) -> OSError | None:
    """Write some bytes to the card and take them away again; None if that can be done."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None


def blame(folder: Path, error: OSError) -> Finding:
    """Say why nothing can be written to a folder, and what to do."""
    advice = _BLAME.get(error.errno or 0, "give it to the user of the daemon, or ask as that user")
    return Finding("failed", f"{folder}: {error.strerror or error}", advice)


def free_space(mat: Mat) -> Finding:
    """Whether there is room for what the mat keeps."""
    folder = next(each for each in (mat.folder, *mat.folder.parents) if each.exists())
    return judge_space(shutil.disk_usage(folder).free)


def judge_space(free_bytes: int) -> Finding:
    """Judge how much room is left."""
    text = f"{free_bytes / 1e6:.0f} MB free"
    advice = "make room: delete what is not needed, or take a larger card"
    if free_bytes < LEAST_FREE_BYTES:
        return Finding("failed", text, advice)
    if free_bytes < LITTLE_FREE_BYTES:
        return Finding("warning", text, advice)
    return Finding(OK, text)


def card(mat: Mat) -> Finding:
    """Whether the file system below the data directory has met errors (ext4 counts them)."""
    folder = next(each for each in (mat.folder, *mat.folder.parents) if each.exists())
    device = folder.stat().st_dev
    block = mat.machine.system / "dev/block" / f"{os.major(device)}:{os.minor(device)}"
    counter = mat.machine.system / "fs/ext4" / block.resolve().name / "errors_count"
    try:
        n_errors = int(counter.read_text())
    except (OSError, ValueError):
        return Finding(NOT_APPLICABLE, "this file system does not count its errors")
    if n_errors:
        return Finding(
            "failed",
            f"the file system has met {n_errors} errors",
            "see dmesg; copy what is on the card, check it with fsck, replace it if they come back",
        )
    return Finding(OK, "the file system has met no errors")


def daemon(mat: Mat) -> Finding:
    """Whether a daemon runs: it holds the lock of its folder as long as it lives."""
    if is_held(mat.folder / "daemon.lock"):
        return Finding(OK, "runs")
    return Finding("warning", "does not run: nobody is warned", "sudo systemctl start reflexmat")


def is_held(path: Path) -> bool:
    """Whether another program holds a lock file; it is let go at once, and never made.

    A daemon that starts in the same instant would find it taken; systemd starts it once more.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def calibration(mat: Mat) -> Finding:
    """Whether the mat knows what its cells weigh, and since when."""
    if mat.config.bank.kind not in HARDWARE:
        return Finding(NOT_APPLICABLE, "the cells are made up, and so is their calibration")
    found = load(mat.folder / CALIBRATION_FILE, mat.layout)
    today = mat.machine.now().date()
    return judge_calibration(found.spec.calibrated_on, found.expires_on, today)


def judge_calibration(calibrated_on: str, expires_on: str, today: date) -> Finding:
    """Judge the dates of a calibration, ISO 8601; an empty end: it has none."""
    text = f"of {calibrated_on}, {(today - date.fromisoformat(calibrated_on)).days} days old"
    if not expires_on:
        return Finding(OK, f"{text}, does not expire")
    if expired(expires_on, today.isoformat()):
        return Finding("warning", f"{text}, expired on {expires_on}", "reflexmat calibrate")
    left_days = (date.fromisoformat(expires_on) - today).days
    if left_days <= SOON_DAYS:
        return Finding("warning", f"{text}, expires in {left_days} days", "reflexmat calibrate")
    return Finding(OK, f"{text}, good until {expires_on}")
