"""Rows of a recording as numbers: in bulk where that is provably safe, else one by one.

Both ways give the same numbers; only the strict one can say what is wrong, and where.
"""

from __future__ import annotations

import re
from operator import methodcaller
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from core.units import to_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TIME_COLUMN = "t_s"
FORCE_SUFFIX = "_n"

FORCE_MIN_N = -50.0
"""A force below this is no drift of a zero any more."""

FORCE_MAX_N = 20_000.0
"""A force above this is no foot."""

TIME_MAX_S = 1e10
"""Beyond this a time is neither seconds since boot nor since 1970."""

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = b"0123456789.,+-eE"
_NUMBERS = msgspec.json.Decoder(list[float | None])
_COMMAS = methodcaller("count", ",")
_SHOWN_CHARS = 40


class Block(NamedTuple):
    """Some rows of a recording.

    Attributes
    ----------
    t_s : ndarray of float64, shape (n_rows,)
        Strictly rising, by whole microseconds, also from block to block.
    force_n : ndarray of float64, shape (n_rows, n_zones)
        NaN where there was no reading.
    """

    t_s: NDArray[np.float64]
    force_n: NDArray[np.float64]


def parse_plain(rows: list[str], n_columns: int) -> NDArray[np.float64] | None:
    """Parse rows in bulk, or give None unless they are made of plain numbers and commas only.

    msgspec's JSON numbers are exact and take a tenth of the time of `float`. The bytes allowed
    here cannot write anything else that JSON, or a bulk parser, would take for a number.
    """
    text = ",".join(rows)
    if not text.isascii() or text.encode().translate(None, _PLAIN):
        return None
    if set(map(_COMMAS, rows)) != {n_columns - 1}:
        return None
    if ",," in text or text.endswith(","):
        # Twice, because of ",,,": a replacement does not look at its own last comma again.
        text = text.replace(",,", ",null,").replace(",,", ",null,")
        text += "null" if text.endswith(",") else ""
    try:
        values = _NUMBERS.decode(f"[{text}]")
    except msgspec.DecodeError:
        return None
    return np.array(values, float).reshape(len(rows), n_columns)


def parse_strictly(rows: list[str], zone_ids: tuple[str, ...]) -> tuple[NDArray[np.float64], str]:
    """Parse up to the first row that is no row, and say why not ('' if all are)."""
    names = (TIME_COLUMN, *(zone + FORCE_SUFFIX for zone in zone_ids))
    values: list[list[float]] = []
    fault = ""
    for text in rows:
        fields = text.split(",")
        fault = _syntax_fault(fields, names)
        if fault:
            break
        values.append([float(item or "nan") for item in fields])
    return np.array(values, float).reshape(-1, len(names)), fault


def _syntax_fault(fields: list[str], names: Sequence[str]) -> str:
    if fields == [""]:
        return "a blank line between rows"
    if len(fields) != len(names):
        return f"{len(fields)} fields, {len(names)} columns"
    for name, text in zip(names, fields, strict=True):
        if text and not NUMBER.fullmatch(text):
            return f"{name}: {shown(text)} is not a number"
    return ""


def first_fault(block: Block, zone_ids: Sequence[str], before_s: float) -> tuple[int, str] | None:
    """First row that cannot be true, and why; None if there is none."""
    t_s, force_n = block
    with np.errstate(invalid="ignore"):
        t_good = np.abs(t_s) <= TIME_MAX_S
        t_good[1:] &= np.diff(to_us(np.where(t_good, t_s, 0.0))) > 0
        t_good[:1] &= to_us(t_s[:1]) > to_us(np.array([max(before_s, -2 * TIME_MAX_S)]))
        force_bad = (force_n < FORCE_MIN_N) | (force_n > FORCE_MAX_N)
    bad = ~t_good | force_bad.any(axis=1)
    if not bad.any():
        return None
    row = int(np.argmax(bad))
    if not t_good[row]:
        return row, _time_fault(float(t_s[row]), float(t_s[row - 1]) if row else before_s)
    column = int(np.argmax(force_bad[row]))
    value_n = float(force_n[row, column])
    return row, f"{zone_ids[column]}{FORCE_SUFFIX}: {value_n:g} N is no force of a foot"


def _time_fault(t_s: float, before_s: float) -> str:
    if np.isnan(t_s):
        return "t_s is empty"
    if abs(t_s) > TIME_MAX_S:
        return f"t_s: {t_s:g} is no time in seconds"
    return f"t_s: {t_s!r} does not come after {before_s!r}"


def shown(text: str) -> str:
    """Quote text for one line of an error, whatever is in it."""
    return ascii(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "...")
