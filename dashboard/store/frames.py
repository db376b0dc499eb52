"""Chunks of frames: of a second as they came, of a longer stretch once compacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

    def of(self, session: int) -> Iterator[tuple[int, bytes]]:
        """Fetch key and body of the chunks of a session, in order of time."""
        yield from self._db.rows(
            "SELECT key, body FROM chunk WHERE session = ? ORDER BY t_us, key", session
        )

    def keys(self, session: int) -> set[int]:
        """List the chunks of a session."""
        return {key for (key,) in self._db.rows("SELECT key FROM chunk WHERE session = ?", session)}

    def forget_before(self, wall_s: float) -> int:
        """Delete the frames of sessions that began before, and of no session since; count them.

        What nobody can date is kept. Figures and events stay.
        """
        of_sessions = self._db.execute(
            "DELETE FROM chunk WHERE session IN "
            "(SELECT key FROM session WHERE stale = 0 AND begin_latest_s < ?)",
            wall_s,
        )
        outside = self._db.execute(
            "DELETE FROM chunk WHERE session IS NULL AND boot IN "
            "(SELECT boot FROM session GROUP BY boot HAVING max(begin_latest_s) < ? "
            "AND count(*) = count(begin_latest_s))",
            wall_s,
        )
        return of_sessions + outside

    def replace(self, keys: Iterable[int], chunks: Iterable[ChunkRow]) -> None:
        """Put chunks in the place of others."""
        self._db.many("DELETE FROM chunk WHERE key = ?", [(key,) for key in keys])
        for chunk in chunks:
            self.add(chunk)
