"""Layouts by name or file, and `reflexmat layout check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.errors import LayoutError
from core.layout import SHIPPED, load_layout, parse_layout, shipped_text
from core.layout_advice import Advice, advice_on
from pi.files import read_settings

if TYPE_CHECKING:
    from core.layout import MatLayout


_NAME_CHARS = 40


class Checked(msgspec.Struct, frozen=True):
    """What `layout check --json` prints of a layout that can be used."""

    id: str
    name: str
    hash: str
    n_zones: int
    n_cells: int
    max_load_n: float
    warnings: tuple[Advice, ...]


def check(name: str, *, as_json: bool) -> None:
    """Print what a layout is, and what to mind before soldering.

    Parameters
    ----------
    name : str
        Of a shipped layout, or a TOML file.
    as_json : bool
        For programs.

    Raises
    ------
    LayoutError
        With file, line and reason, if it cannot be used.
    """
    source, text = _text_of(name)
    layout = parse_layout(text, source)
    advice = advice_on(layout, text)
    if as_json:
        print_json(_checked(layout, advice))
        return
    sys.stdout.write(printable(describe(layout)) + "\n")
    sys.stdout.writelines(f"warning: {source}: line {a.line}: {a.text}\n" for a in advice)


def printable(text: str) -> str:
    """Take out what would steer a terminal: names are anybody's."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def print_json(value: msgspec.Struct) -> None:
    """Print for programs, and for people who look."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")


def _checked(layout: MatLayout, advice: tuple[Advice, ...]) -> Checked:
    spec = layout.spec
    n_zones, n_cells = len(spec.zone), len(spec.cell)
    return Checked(spec.id, spec.name, layout.hash, n_zones, n_cells, spec.max_load_n, advice)


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
    return parse_layout(_read(path), str(path))


def _text_of(name: str) -> tuple[str, str]:
    if name in SHIPPED:
        return f"{name}.toml", shipped_text(name)
    return name, _read(Path(name))


def _read(path: Path) -> str:
    try:
        return read_settings(path)
    except OSError as error:
        shipped = ", ".join(SHIPPED)
        raise LayoutError(f"{path}: {error.strerror}; give a layout file or {shipped}") from None
    except UnicodeDecodeError as error:
        raise LayoutError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from None


def describe(layout: MatLayout) -> str:
    """Say in one line what a layout that passed its checks is."""
    spec = layout.spec
    return (
        f"{spec.id}: {spec.name}; {len(spec.zone)} zones, {len(spec.cell)} cells, "
        f"at most {spec.max_load_n:g} N, hash {layout.hash}"
    )
