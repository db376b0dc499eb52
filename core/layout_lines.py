"""Finds the line of a layout file that a finding is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.errors import LayoutError

if TYPE_CHECKING:
    from collections.abc import Callable


class Lines:
    """Knows on which line the nth `[[zone]]` or `[[cell]]` of a text begins.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        Where it came from, for the error text.
    """

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._text = text.splitlines()

    def refuse(self, table: str, index: int, reason: str, key: str | None = None) -> LayoutError:
        """Say where a table cannot be used, and why."""
        line = self.line(table, index, key)
        return LayoutError(f"{self._source}: line {line}: {reason}")

    def refuse_path(self, message: str) -> LayoutError:
        """Turn msgspec's `... - at `$.zone[3].foot`` into a line."""
        reason, _, path = message.partition(" - at `$")
        found = re.match(r"\.(zone|cell)\[(\d+)\](?:\.(\w+))?", path)
        if found:
            return self.refuse(found[1], int(found[2]), reason + f" ({path[1:-1]})", found[3])
        key = path.strip("`.").split("[")[0]
        line = self.line("", 0, key)
        return LayoutError(f"{self._source}: line {line}: {reason}" + (f" ({key})" if key else ""))

    def line(self, table: str, index: int, key: str | None = None) -> int:
        """Line of a table's heading or of a key in it; with an empty table, of a key on top."""
        if not table:
            return self._first(lambda text: bool(key) and text.startswith(str(key)))
        head = re.compile(rf"\s*\[\[\s*{table}\s*\]\]")
        heads = [n for n, text in enumerate(self._text, 1) if head.match(text)]
        # Inline arrays of tables have no heading of their own: say where the file begins.
        start = heads[index] if index < len(heads) else 1
        for number in range(start + 1, len(self._text) + 1):
            text = self._text[number - 1].strip()
            if key and re.match(rf"{key}\s*=", text):
                return number
            if text.startswith("[["):
                break
        return start

    def _first(self, wanted: Callable[[str], bool]) -> int:
        return next((n for n, text in enumerate(self._text, 1) if wanted(text.strip())), 1)
