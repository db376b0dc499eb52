"""`python -m scripts.mutants`: break the safety rules in many small ways, and see the tests fail.

Each mutant is one comparison, sum, constant or condition of a module turned round, in a copy of the
project; the core tests run against it until one fails. A survivor is a line that no test guards, or
one that means the same: docs/safety.md lists those that are left.

Before a module is broken, its tests must pass, so that no slow machine counts as a kill.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
_LIMITS = ("class_limits", "zone_limits", "people", "profiles", "class_tables")
_RULES = ("safety_tables", "class_tables", "standing", "feed_split", "regressions", "reference")
_CELLS = ("calibration", "cell_loads", "cells", "zeroing")
TESTS = {
    "alarms": _RULES,
    "mean_rules": _RULES,
    "latch": _RULES,
    "windows": _RULES,
    "sustained": ("sustained", "load_history", "standing", "reference"),
    "mat_rules": ("mat_rules", "presence", "standing", "reference"),
    "profiles": _LIMITS,
    "class_limits": _LIMITS,
    "zone_limits": _LIMITS,
    "calibration": _CELLS,
    "cell_loads": _CELLS,
}
"""Modules that are broken, and the core tests that are to see it, the quick ones first."""

TIMEOUT_S = 600
_COMPARES = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SUMS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all"}


class Mutant(NamedTuple):
    """One way to break one line."""

    module: str
    number: int


def main() -> int:
    """Try a sample of mutants; return how many survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="modules tried at a time")
    options = parser.parse_args()
    everything = [mutant for module in TESTS for mutant in _mutants(module)]
    chosen = random.Random(options.seed).sample(everything, options.count)  # noqa: S311
    by_module = [list(group) for _, group in groupby(sorted(chosen), attrgetter("module"))]
    with ThreadPoolExecutor(options.jobs) as pool:
        left = sum(pool.map(_survivors, by_module))
    print(f"{len(chosen)} of {len(everything)} mutants, {left} survived", flush=True)
    return left


def _survivors(mutants: list[Mutant]) -> int:
    """Try the mutants of one module in a copy of the project; return how many survive."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache"))
        if _fails(copy, mutants[0].module):
            raise SystemExit(f"{mutants[0].module}: its tests fail, or are too slow, unbroken")
        return sum(not _is_killed(copy, mutant) for mutant in mutants)


def _mutants(module: str) -> list[Mutant]:
    tree = ast.parse(_source(module))
    return [Mutant(module, number) for number, _ in enumerate(_places(tree))]


def _source(module: str) -> str:
    return (ROOT / "core" / f"{module}.py").read_text("utf-8")


def _places(tree: ast.Module) -> Iterator[ast.AST]:
    """Find all places of a module that can be turned round."""
    return (node for node in ast.walk(tree) if _turned(node) is not None)


def _turned(node: ast.AST) -> dict[str, Any] | None:  # noqa: PLR0911 - a table
    """Fields that turn a place round; None where there is nothing to turn."""
    match node:
        case ast.Compare(ops=[op, *_]) if type(op) in _COMPARES:
            return {"ops": [_COMPARES[type(op)](), *node.ops[1:]]}
        case ast.BinOp(op=op) if type(op) in _SUMS and not _is_type(node):
            return {"op": _SUMS[type(op)]()}
        case ast.BoolOp(op=op):
            return {"op": ast.Or() if isinstance(op, ast.And) else ast.And()}
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            return {"operand": ast.UnaryOp(node.op, operand)}
        case ast.Constant(value=value) if type(value) in (int, float):
            return {"value": value + 1}
        case ast.Name(id=name) if name in _NAMES:
            return {"id": _NAMES[name]}
        case ast.Attribute(attr=name) if name in _NAMES:
            return {"attr": _NAMES[name]}
    return None


def _is_type(node: ast.BinOp) -> bool:
    """Whether it is an annotation: `X | None`."""
    return isinstance(node.right, ast.Constant) and node.right.value is None


def _is_killed(copy: Path, mutant: Mutant) -> bool:
    source = _source(mutant.module)
    tree = ast.parse(source)
    node = list(_places(tree))[mutant.number]
    line = getattr(node, "lineno", 0)
    before = ast.unparse(node)
    for name, value in (_turned(node) or {}).items():
        setattr(node, name, value)
    path = copy / "core" / f"{mutant.module}.py"
    path.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    killed = _fails(copy, mutant.module)
    path.write_text(source, "utf-8")
    verdict = "killed  " if killed else "SURVIVED"
    print(f"{verdict} {mutant.module}.py:{line}: {before} -> {ast.unparse(node)}", flush=True)
    return killed


def _fails(copy: Path, module: str) -> bool:
    tests = [f"tests/core/test_{name}.py" for name in TESTS[module]]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
