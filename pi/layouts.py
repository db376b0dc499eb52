"""Layouts by name or file, and `reflexmat layout check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LayoutError
from core.layout import SHIPPED, load_layout, parse_layout

if TYPE_CHECKING:
    from core.layout import MatLayout


def find_layout(name: str) -> MatLayout:
    """Load a layout.

    Parameters
    ----------
    name : str
        Of a shipped layout, or a TOML file.

    Raises
    ------
    LayoutError
        If there is none, or it cannot be used.
    """
    return load_layout(name) if name in SHIPPED else read_layout(Path(name))


def read_layout(path: Path) -> MatLayout:
    """Load a layout from a file.

    Raises
    ------
    LayoutError
        With file, line and reason.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        shipped = ", ".join(SHIPPED)
        raise LayoutError(f"{path}: {error.strerror}; give a layout file or {shipped}") from None
    except UnicodeDecodeError as error:
        raise LayoutError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from None
    return parse_layout(text, str(path))


def describe(layout: MatLayout) -> str:
    """Say in one line what a layout that passed its checks is."""
    spec = layout.spec
    return (
        f"{spec.id}: {spec.name}; {len(spec.zone)} zones, {len(spec.cell)} cells, "
        f"at most {spec.max_load_n:g} N, hash {layout.hash}"
    )
