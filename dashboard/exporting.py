"""Everything of a person as one archive: what is stored of them, in forms that others can read."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from core.errors import MatError
from core.frames import ZoneStatus
from core.recordings import write_recording
from core.units import CN_PER_N, US_PER_S
from dashboard.finishing.finish import stored_chunks
from dashboard.finishing.layouts import layout_by_hash

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from core.chunk import Chunk
    from dashboard.store.people import Person
    from dashboard.store.repository import Store
    from dashboard.store.sessions import SessionRow

MOST_LINES = 100_000
"""Of the audit log, the newest."""

README = """\
Everything that this dashboard has stored of one person.

person.json     name, account, who may see it, who looked, mats, profiles (fields: docs/safety.md)
sessions/N.json a session: when, its figures (docs/metrics.md), zones, minutes, alarms
sessions/N.csv  its frames, newtons of each zone; as `reflexmat analyze` reads them
"""


def export_person(store: Store, person: Person, path: Path) -> int:
    """Write everything of a person into a new archive (zip); return how many sessions there were.

    Raises
    ------
    MatError
        If the file cannot be written, or is there already.
    """
    try:
        with path.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            path.chmod(0o600)
            return _fill(store, person, archive)
    except OSError as error:
        raise MatError(f"{path}: {error.strerror}") from None


def _fill(store: Store, person: Person, archive: zipfile.ZipFile) -> int:
    archive.writestr("README.txt", README)
    archive.writestr("person.json", _json(_person(store, person)))
    sessions = store.sessions.all_of_person(person.id)
    for row in sessions:
        archive.writestr(f"sessions/{row.key}.json", _json(_session(store, row)))
        chunks = [each.chunk for each in stored_chunks(store, row.key)]
        if chunks:
            archive.writestr(f"sessions/{row.key}.csv", _csv(store, row, chunks))
    return len(sessions)


def _person(store: Store, person: Person) -> dict[str, Any]:
    profiles = store.people.profiles(person.id)
    account = store.accounts.of_person(person.id)
    return {
        "person": person,
        "account": account and {"login": account.login, "name": account.name, "role": account.role},
        "shares": store.shares.of(person.id),
        "audit": store.audit.of_person(person.id, MOST_LINES),
        "mats": store.people.mats_of(person.id),
        "profiles": [
            {**msgspec.structs.asdict(each), "body": msgspec.Raw(each.body.encode())}
            for each in profiles
        ],
    }


def _session(store: Store, row: SessionRow) -> dict[str, Any]:
    summary = store.figures.summary(row.key)
    return {
        "session": row,
        "summary": msgspec.Raw(summary.encode()) if summary else None,
        "zones": store.figures.zones(row.key),
        "minutes": store.figures.minutes(row.key),
        "events": store.events.of(row.key),
    }


def _csv(store: Store, row: SessionRow, chunks: list[Chunk]) -> str:
    """Write frames as a recording (DESIGN section 5): it names no person."""
    head = chunks[0].head
    layout = layout_by_hash(head.layout_hash, store.layouts.get(head.layout_hash))
    meta = {"rate_hz": f"{head.rate_hz:g}", "layout_hash": head.layout_hash}
    if layout is None:
        names = tuple(f"zone_{number}" for number in range(chunks[0].force_cn.shape[1]))
    else:
        names, meta["layout"] = layout.zone_ids, layout.spec.id
    profile = row.person and store.people.profile(row.person, head.profile_version)
    if profile:
        meta["profile"] = profile.body
    text = io.StringIO()
    text.writelines(write_recording(meta, names, map(_block, chunks)))
    return text.getvalue()


def _block(chunk: Chunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    valid = chunk.status & ZoneStatus.VALID != 0
    force_n: NDArray[np.float64] = np.where(valid, chunk.force_cn / CN_PER_N, np.nan)
    return chunk.t_us / US_PER_S, force_n


def _json(what: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(what), indent=1)
