"""`reflexmat config --check`: whether a mat can run with a configuration, before it tries to."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import msgspec

from core.errors import MatError
from core.toml_text import line_of
from pi.config import ConfigError, load_config
from pi.layouts import find_layout, print_json, printable
from pi.panels import has_indicators, wiring_of
from pi.profile_file import profile_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.layout import MatLayout
    from pi.config import Config


class Checked(msgspec.Struct, frozen=True):
    """What `config --check --json` prints.

    Attributes
    ----------
    file : str
    ok : bool
    line : int or None
        None where it is not about one line.
    error : str or None
        One line: what, where, what to do.
    """

    file: str
    ok: bool
    line: int | None = None
    error: str | None = None


def run(path: Path, *, as_json: bool) -> bool:
    """Say whether a configuration can be used.

    Parameters
    ----------
    path : Path
    as_json : bool
        The fields of `Checked` instead of words.

    Returns
    -------
    bool
        Whether it can.

    Raises
    ------
    MatError
        If it cannot, unless `as_json`.
    """
    try:
        words = check(path)
    except MatError as error:
        if not as_json:
            raise
        print_json(_refused(path, str(error)))
        return False
    if as_json:
        print_json(Checked(str(path), ok=True))
    else:
        sys.stdout.write(printable(words) + "\n")
    return True


def check(path: Path) -> str:
    """Read a configuration and the files that it names; nothing is opened or changed.

    Returns
    -------
    str
        One line about the mat.

    Raises
    ------
    MatError
        One line, if a mat cannot run with it.
    """
    config = load_config(path)
    layout = find_layout(config.mat.layout)
    profile_of(config)
    has = has_indicators(config, layout)
    if has:
        _check_pins(path, config, layout)
    lights = "with indicators" if has else "no indicators"
    return f"{path}: mat {config.mat.id}, layout {layout.spec.id}, {config.bank.kind}, {lights}"


def _check_pins(path: Path, config: Config, layout: MatLayout) -> None:
    try:
        wiring_of(config, layout)
    except ConfigError as error:
        key = str(error).removeprefix("[indicators] ").partition(" ")[0]
        line = line_of(path.read_text("utf-8"), "indicators", key)
        raise ConfigError(f"{path}: line {line}: {error}") from None


def _refused(path: Path, error: str) -> Checked:
    found = re.match(rf"{re.escape(str(path))}: line (\d+): ", error)
    return Checked(str(path), ok=False, line=int(found[1]) if found else None, error=error)
