"""`reflexmat layout wiring`: how a layout is wired, as a table, JSON or a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.wiring import Net, Wiring, wiring_of
from pi.files import FileError
from pi.layouts import find_layout, print_json, printable
from pi.wiring_svg import MARK, draw_wiring

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_CHARS = 500
_STDOUT = Path("-")


class NetList(msgspec.Struct, frozen=True):
    """What `layout wiring --json` prints: the layout, and every header pin in use."""

    layout: str
    hash: str
    nets: tuple[Net, ...]


def run(name: str, svg: Path | None, *, as_json: bool) -> None:
    """Print or draw how a layout is wired.

    Parameters
    ----------
    name : str
        Of a shipped layout, or a TOML file.
    svg : Path or None
        Where to draw it; `-` is standard output. Only a picture made by this command is
        written over.
    as_json : bool
        JSON instead of a table.

    Raises
    ------
    MatError
        If the layout cannot be used or has no pins, or the file cannot be written: one line.
    """
    wiring = wiring_of(find_layout(name))
    if svg == _STDOUT:
        sys.stdout.write(draw_wiring(wiring))
    elif svg:
        _write(svg, draw_wiring(wiring))
        sys.stdout.write(f"{svg}: {_what(wiring)}\n")
    elif as_json:
        print_json(NetList(wiring.layout.spec.id, wiring.layout.hash, wiring.nets))
    else:
        sys.stdout.writelines(printable(line) + "\n" for line in _table(wiring))


def _what(wiring: Wiring) -> str:
    layout = wiring.layout
    return f"wiring of {layout.spec.id}, {len(wiring.cells)} cells, hash {layout.hash}"


def _table(wiring: Wiring) -> Iterator[str]:
    yield _what(wiring)
    yield f"{'pin':>3}  {'name':<8}  goes to"
    for net in wiring.nets:
        yield f"{net.pin:>3}  {net.name:<8}  {net.goes_to}"
    yield "VDD takes 3.3 V, never 5 V; RATE to VDD: 80 a second, to GND: 10; docs/hardware.md"


def _write(path: Path, picture: str) -> None:
    try:
        ours = not path.is_file() or _is_ours(path)
        if ours:
            path.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}; choose another name or folder") from None
    if not ours:
        raise FileError(f"{path}: not a wiring picture made here; choose another name")


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(_HEAD_CHARS)
    return not head or MARK in head
