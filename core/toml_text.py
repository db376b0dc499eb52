"""Configuration text: TOML into structs, and a refusal that names line, key and what to do."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from core.errors import MatError

_ADVICE = {
    "unknown field": "remove it",
    "missing required": "add it",
    "": "correct it, or leave it out for the default",
}
"""What to do, by words in the reason; the first that fits."""

S = TypeVar("S", bound=msgspec.Struct)


def read_tables(text: str, source: str, kind: type[S], error: type[MatError]) -> S:
    """Read a file of tables into a struct of structs.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        Name of the file, for the error text.
    kind : type of struct
        What the file must hold.
    error : type of MatError
        What to raise, with source, line and reason.
    """
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except msgspec.ValidationError as fault:
        raise error(f"{source}: {_refusal(str(fault), text)}") from None
    except (ValueError, RecursionError) as fault:
        raise error(f"{source}: {toml_fault(fault, text)}") from None


def toml_fault(fault: Exception, text: str) -> str:
    """Word what tomllib says of a text: line first.

    Too many digits or brackets come as plain ValueError or RecursionError, without a line.
    """
    reason, _, place = str(fault).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else max(len(text.splitlines()), 1)
    return f"line {line}: not TOML: {reason}; mend that line"


def line_of(text: str, table: str, key: str) -> int:
    """Find the line of a key of a table, else that of the table, else 1."""
    heading, within = 1, not table
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            within = re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", line) is not None
            heading = number if within else heading
        elif within and key and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return number
    return heading


def line_of_item(text: str, table: str, index: int, key: str) -> int:
    """Find the line of a key of one `[[table]]` of an array, else that of its heading, else 1.

    Parameters
    ----------
    text : str
        TOML.
    table : str
        Dotted name of the array: "bank.fault".
    index : int
        Which of its tables, from 0.
    key : str
        May be empty.
    """
    heading = re.compile(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]")
    lines = text.splitlines()
    headings = [number for number, line in enumerate(lines) if heading.match(line)]
    if index >= len(headings):
        # Written in some other way: as an array of inline tables.
        return line_of(text, *table.rsplit(".", 1))
    begin = headings[index]
    for number, line in enumerate(lines[begin + 1 :], begin + 2):
        if line.lstrip().startswith("["):
            break
        if key and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return number
    return begin + 1


def _refusal(message: str, text: str) -> str:
    """Turn msgspec's `... - at `$.bank.seed`` into line, key, reason and advice."""
    reason, _, path = message.partition(" - at `$")
    item = re.match(r"\.(\w+\.\w+)\[(\d+)\](?:\.(\w+))?`", path)
    if item:
        return _refusal_of_item(reason, text, item)
    table, key = (*re.findall(r"\w+", path), "", "")[:2]
    unknown = re.search(r"unknown field `(.+?)`", reason)
    if unknown:
        table, key = (table, unknown[1]) if table else (unknown[1], "")
    name = f"{table}.{key}".strip(".")
    line = line_of(text, table, key)
    if line == 1 and not key:
        line = line_of(text, "", table)
    return _worded(line, name, reason)


def _refusal_of_item(reason: str, text: str, item: re.Match[str]) -> str:
    """Word what is wrong with a table of an array, or with a key of it."""
    named = re.search(r"field `(.+?)`", reason)
    key = item[3] or (named[1] if named else "")
    line = line_of_item(text, item[1], int(item[2]), key)
    return _worded(line, f"{item[1]}.{key}".strip("."), reason)


def _worded(line: int, name: str, reason: str) -> str:
    advice = next(advice for words, advice in _ADVICE.items() if words in reason)
    where = f"line {line}: {name}: " if name else f"line {line}: "
    return f"{where}{reason[:1].lower()}{reason[1:]}; {advice}"
