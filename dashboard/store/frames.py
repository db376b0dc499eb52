"""Chunks of frames: of a second as they came, of a longer stretch once compacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.store.backend import Backend


class ChunkRow(NamedTuple):
    """A chunk.

    Attributes
    ----------
    boot : int
        Key of the start that it is of.
    session : int or None
        Key of its session; None: outside of any.
    t_us : int
        Of the first frame.
    n_frames : int
    body : bytes
        As `core.chunk` packs it.
    """

    boot: int
    session: int | None
    t_us: int
    n_frames: int
    body: bytes


class Frames:
    """Rows of chunks.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def add(self, chunk: ChunkRow) -> None:
        """Add a chunk."""
        self._db.execute(
            "INSERT INTO chunk (boot, session, t_us, n_frames, body) VALUES (?, ?, ?, ?, ?)", *chunk
        )

    def of(self, session: int) -> Iterator[bytes]:
        """Fetch the chunks of a session, in order of time."""
        rows = self._db.rows("SELECT body FROM chunk WHERE session = ? ORDER BY t_us, key", session)
        return (body for (body,) in rows)
