"""Layouts that mats told of: a record names only their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.wire import LayoutInfo, decode, encode

if TYPE_CHECKING:
    from dashboard.store.backend import Backend


class Layouts:
    """Rows of layouts.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._db = backend

    def keep(self, layout: LayoutInfo, now_s: float) -> None:
        """Keep a layout; the newest areas of one count."""
        self._db.execute(
            "INSERT INTO layout VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET "
            "info = excluded.info, stored_s = excluded.stored_s",
            layout.hash, encode(layout).decode(), now_s,
        )  # fmt: skip

    def get(self, layout_hash: str) -> LayoutInfo | None:
        """Find a layout."""
        row = self._db.one("SELECT info FROM layout WHERE hash = ?", layout_hash)
        return decode(row[0].encode(), LayoutInfo) if row else None
