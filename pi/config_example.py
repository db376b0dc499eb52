"""`reflexmat config --example`: the default configuration, each key explained.

Made from the structs of `pi.config` and their docstrings, so that it says what the program does.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect as kinds

from pi.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 98
_INTRO = """\
# Configuration of a mat: `reflexmat run --config FILE`. Every key with its default; any table and
# any key may be left out. A key behind "# " has no default; what stands there is an example.
# Relative paths start at the folder of this file. `reflexmat config --check FILE` checks it."""


def run() -> None:
    """Print the example."""
    sys.stdout.write(example())


def example() -> str:
    """Write every key with what it means, what it may be, and its default, as TOML."""
    tables = [_table(field) for field in msgspec.structs.fields(Config)]
    return "\n\n".join((_INTRO, *tables)) + "\n"


def meanings(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Read what the docstring of a struct says of each attribute (numpydoc)."""
    text = inspect.getdoc(struct) or ""
    lines = text.partition("Attributes\n----------\n")[2].splitlines()
    found: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        heading = re.match(r"([a-z]\w*(?:, [a-z]\w*)*) : ", line)
        if heading:
            names = heading[1].split(", ")
        elif line.startswith("    "):
            found |= {name: f"{found.get(name, '')} {line.strip()}".strip() for name in names}
    return found


def _table(field: msgspec.structs.FieldInfo) -> str:
    about = _about(field.type)
    keys = [_key(key, f"{field.name}.{key.name}", field.type) for key in _fields(field.type)]
    return "\n\n".join((f"{about}\n[{field.name}]", *keys))


def _fields(struct: type[msgspec.Struct]) -> tuple[kinds.Field, ...]:
    described = kinds.type_info(struct)
    assert isinstance(described, kinds.StructType)  # noqa: S101 - what these tables are made of
    return described.fields


def _about(struct: type[msgspec.Struct]) -> str:
    first = (inspect.getdoc(struct) or "").partition("\n\n")[0]
    words = first.partition(": ")[2]
    return _comment(words[:1].upper() + words[1:])


def _key(field: kinds.Field, path: str, struct: type[msgspec.Struct]) -> str:
    inner = _items(field.type)
    if inner:
        return _array(inner, path)
    # In a file nothing is None: there it is a key that is left out.
    meaning = re.sub(r"\bNone\b", "left out", meanings(struct).get(field.name, ""))
    about = _comment(f"{meaning[:1].upper()}{meaning[1:]} {_allowed(field.type)}".strip())
    if field.default is None or field.default is msgspec.NODEFAULT:
        return f"{about}\n# {field.name} = {_toml(_sample(field.type))}"
    return f"{about}\n{field.name} = {_toml(field.default)}"


def _array(struct: type[msgspec.Struct], path: str) -> str:
    """Write an array of tables, which is empty unless somebody adds one, as a comment."""
    keys = [_key(key, f"{path}.{key.name}", struct).splitlines() for key in _fields(struct)]
    lines = [line if line.startswith("#") else f"# {line}" for key in keys for line in key]
    return "\n".join((_about(struct), f"# [[{path}]]", *lines))


def _items(kind: kinds.Type) -> type[msgspec.Struct] | None:
    """Struct of the tables of an array; None for every other key."""
    if isinstance(kind, kinds.VarTupleType) and isinstance(kind.item_type, kinds.StructType):
        return kind.item_type.cls
    return None


def _comment(words: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(words, _WIDTH))


def _bounds(kind: Any) -> Iterator[str]:  # noqa: ANN401 - int or float, alike in this
    names = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    for name, words in names.items():
        bound = getattr(kind, name)
        if bound is not None:
            yield f"{words} {bound:g}"


def _allowed(kind: kinds.Type) -> str:
    """Say what a key may be, in brackets; nothing where anything may stand."""
    if isinstance(kind, kinds.UnionType | kinds.Metadata):
        return _allowed(_inner(kind))
    if isinstance(kind, kinds.LiteralType):
        return f"({', '.join(map(_toml, kind.values))})"
    if isinstance(kind, kinds.StrType) and kind.pattern:
        return f"(pattern {kind.pattern})"
    if isinstance(kind, kinds.TupleType):
        return f"({_allowed(kind.item_types[0]).strip('()')}, each)"
    if isinstance(kind, kinds.IntType | kinds.FloatType):
        bounds = ", ".join(_bounds(kind))
        return f"({bounds})" if bounds else ""
    return ""


def _sample(kind: kinds.Type) -> object:
    """Give a value that may stand where there is no default."""
    if isinstance(kind, kinds.Metadata) and kind.extra_json_schema:
        return kind.extra_json_schema["examples"][0]
    if isinstance(kind, kinds.UnionType | kinds.Metadata):
        return _sample(_inner(kind))
    if isinstance(kind, kinds.TupleType):
        return [_sample(item) for item in kind.item_types]
    return _plain_sample(kind)


def _inner(kind: kinds.UnionType | kinds.Metadata) -> kinds.Type:
    """Look behind `None` and behind examples."""
    return kind.types[0] if isinstance(kind, kinds.UnionType) else kind.type


def _plain_sample(kind: kinds.Type) -> object:
    if isinstance(kind, kinds.LiteralType):
        return kind.values[0]
    if isinstance(kind, kinds.BoolType):
        return True
    if isinstance(kind, kinds.FloatType):
        return _sample_float(kind)
    return int(_least(kind)) if isinstance(kind, kinds.IntType) else ""


def _sample_float(kind: kinds.FloatType) -> float:
    if kind.gt is not None and kind.lt is not None:
        return (kind.gt + kind.lt) / 2
    return float(_least(kind) + (kind.gt is not None))


def _least(kind: Any) -> float:  # noqa: ANN401 - int or float
    return next((bound for bound in (kind.ge, kind.gt) if bound is not None), 0)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON and TOML write numbers and plain strings alike.
    return msgspec.json.encode(value).decode()
