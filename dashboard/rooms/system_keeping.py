"""What the room System tells its owner of the dashboard: storage, backup, certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from dashboard.rooms.system_mats import Remark
from dashboard.telling import several, size, when

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.store.backups import LastBackup
    from dashboard.store.condition import Condition, Space
    from dashboard.web import Web

BACKUP_WITHIN_S = 7 * 86_400.0
"""A copy that is older needs a look: mats keep what is newer, and send it again (docs/store.md)."""

CERTIFICATE_SOON = timedelta(days=30)

BACK_UP = "On the computer of the dashboard: reflexmat-dashboard backup FILE --config FILE"


class Keeping(NamedTuple):
    """What is known of the dashboard itself.

    Attributes
    ----------
    condition : Condition
    space : Space
    backup : LastBackup or None
    keep_frames_days : int or None
    failing : str or None
        Why nothing is recorded; None: it is, as far as there is something.
    web : Web
    certificate_ends : datetime or None
        In UTC; None: there is none, or it cannot be read.
    """

    condition: Condition
    space: Space
    backup: LastBackup | None
    keep_frames_days: int | None
    failing: str | None
    web: Web
    certificate_ends: datetime | None


def lines_of(keeping: Keeping, now: datetime) -> tuple[tuple[str, str], ...]:
    """Put it into words: label and text."""
    days = keeping.keep_frames_days
    frames = "for ever" if days is None else f"for {several(days, 'day')}"
    n, space = keeping.condition.n_sessions, keeping.space
    return (
        ("Sessions", f"{several(n, 'session')}; figures are kept for ever, frames {frames}"),
        ("Store", f"{size(space.size_bytes)}, {size(space.free_bytes)} free on its disk"),
        ("Last backup", _backup(keeping.backup)),
        ("Connection to browsers", _tls(keeping, now)),
    )


def remarks_of(keeping: Keeping, now: datetime) -> tuple[Remark, ...]:
    """List what of it needs a look."""
    return (
        *_recording(keeping),
        *_unknown(keeping),
        *_disk(keeping),
        *_copies(keeping, now),
        *_certificate(keeping, now),
    )


def _backup(backup: LastBackup | None) -> str:
    if backup is None:
        return "None has been noted"
    return f"{when(backup.made_s)}, {size(backup.size_bytes)}, to {backup.file}"


def _tls(keeping: Keeping, now: datetime) -> str:
    web, ends = keeping.web, keeping.certificate_ends
    if web.has_tls and ends is not None:
        left = ends - now
        return f"TLS; the certificate holds {_days(left)}, until {ends.date().isoformat()}"
    if web.has_tls:
        return "TLS; until when its certificate holds cannot be read"
    if web.proxy is not None:
        return "By a proxy; its certificate is not known here"
    return "Plain text, without TLS"


def _days(left: timedelta) -> str:
    return "no longer" if left < timedelta(0) else f"{several(left.days, 'more day')}"


def _recording(keeping: Keeping) -> list[Remark]:
    found = []
    if keeping.failing is not None:
        words = "Nothing is recorded now; the mats keep what they have."
        found.append(Remark(words, f"{keeping.failing}. docs/store.md"))
    if keeping.condition.n_unfinished:
        n = several(keeping.condition.n_unfinished, "session")
        words = f"{n} without figures: something is missing, or the sums are not done yet."
        found.append(Remark(words, "If it stays so: reflexmat-dashboard doctor --config FILE"))
    return found


def _unknown(keeping: Keeping) -> list[Remark]:
    n = len(keeping.condition.unknown)
    if not n:
        return []
    who = "A mat that is not known sends" if n == 1 else f"{n} mats that are not known send"
    return [Remark(f"{who}, and nothing of that is kept.", "See “Not known” below.")]


def _disk(keeping: Keeping) -> list[Remark]:
    if not keeping.space.is_low:
        return []
    words = f"The disk of the store is nearly full: {size(keeping.space.free_bytes)} are free."
    return [Remark(words, "Make room, or let frames go: keep_frames_days in docs/store.md")]


def _copies(keeping: Keeping, now: datetime) -> list[Remark]:
    if not keeping.condition.n_sessions:
        return []
    if keeping.backup is None:
        return [Remark("No backup has been noted.", BACK_UP)]
    age_s = now.timestamp() - keeping.backup.made_s
    if age_s <= BACKUP_WITHIN_S:
        return []
    return [Remark(f"The last backup is {several(int(age_s // 86_400), 'day')} old.", BACK_UP)]


def _certificate(keeping: Keeping, now: datetime) -> list[Remark]:
    if not keeping.web.has_tls:
        return []
    ends = keeping.certificate_ends
    renew = "reflexmat-dashboard tls renew --config FILE, then start the dashboard anew"
    if ends is None:
        return [Remark("Until when the certificate holds cannot be read.", renew)]
    if ends - now > CERTIFICATE_SOON:
        return []
    return [Remark(f"The certificate holds {_days(ends - now)}.", renew)]
