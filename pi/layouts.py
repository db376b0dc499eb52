"""Layouts by name or file, and `reflexmat layout check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import LayoutError
from core.layout import SHIPPED, load_layout, parse_layout
from pi.files import read_settings

if TYPE_CHECKING:
    from core.layout import MatLayout


_NAME_CHARS = 40


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


def layout_named_in(file: Path, name: str) -> MatLayout:
    """Load the layout that a recording names.

    Whoever sends a recording must not choose which files are read here.

    Parameters
    ----------
    file : Path
        The recording, for the error text.
    name : str
        What its `# layout:` line says.

    Raises
    ------
    LayoutError
        If it is not a shipped one.
    """
    if name not in SHIPPED:
        raise LayoutError(
            f"{file}: the '# layout:' line may name {', '.join(SHIPPED)}, not "
            f"{name[:_NAME_CHARS]!r}; a layout file goes to `reflexmat analyze --layout`"
        )
    return load_layout(name)


def read_layout(path: Path) -> MatLayout:
    """Load a layout from a file.

    Raises
    ------
    LayoutError
        With file, line and reason.
    """
    try:
        text = read_settings(path)
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
