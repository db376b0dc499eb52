"""Reads a routine from TOML text; one that cannot be used is refused with file, line and reason."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import msgspec

from core.routine_checks import CHECKS
from core.routine_spec import RoutineError, RoutineSpec
from core.toml_text import line_of, line_of_item, toml_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.routine_checks import Finding

_HEADING = re.compile(r"^\s*\[\[\s*step\s*\]\]", re.MULTILINE)


def parse_routine(text: str, source: str) -> RoutineSpec:
    """Read and check a routine.

    Parameters
    ----------
    text : str
        TOML, as in docs/routines.md.
    source : str
        Where it came from, for the error text.

    Raises
    ------
    RoutineError
        With source, line and reason, if anything in it cannot be used.
    """
    try:
        spec = msgspec.convert(tomllib.loads(text), RoutineSpec)
    except msgspec.ValidationError as error:
        raise RoutineError(f"{source}: {_worded(str(error), text)}") from None
    except (ValueError, RecursionError) as error:
        raise RoutineError(f"{source}: {toml_fault(error, text)}") from None
    for index, key, reason in _findings(spec):
        raise RoutineError(f"{source}: line {_line(text, index, key)}: step {index + 1}: {reason}")
    return spec


def check_routine(spec: RoutineSpec) -> None:
    """Check a routine that did not come as text.

    Raises
    ------
    RoutineError
        With step, key and reason, if it cannot be used.
    """
    for index, key, reason in _findings(spec):
        raise RoutineError(f"{spec.id}: step {index + 1}: {key}: {reason}")


def _findings(spec: RoutineSpec) -> Iterator[Finding]:
    return (finding for check in CHECKS for finding in check(spec))


def _worded(message: str, text: str) -> str:
    """Turn msgspec's `... - at `$.step[3].action`` into a line, a step and a reason."""
    reason, _, path = message.partition(" - at `$")
    named = re.search(r"field `(.+?)`", reason)
    found = re.match(r"\.step\[(\d+)\](?:\.(\w+))?", path)
    if found:
        index = int(found[1])
        key = found[2] or (named[1] if named else "")
        return f"line {_line(text, index, key)}: step {index + 1}: {key or 'table'}: {reason}"
    key = path.strip("`.").split("[")[0] or (named[1] if named else "")
    return f"line {line_of(text, '', key)}: {key or 'file'}: {reason}"


def _line(text: str, index: int, key: str) -> int:
    """Line of a key of one step, else of its heading."""
    if index < len(_HEADING.findall(text)):
        return line_of_item(text, "step", index, key)
    # Inline arrays of tables have no heading of their own.
    return line_of(text, "", "step")
