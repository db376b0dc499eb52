"""Dates as people write them down, ISO 8601: what is passed in, for core reads no clock."""

from __future__ import annotations

import calendar
import re
from typing import Annotated

import msgspec

from core.errors import MessageError

_FORM = r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}\Z"
_SECONDS_A_DAY = 86_400
# Those of `calendar` change with the locale.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

Date = Annotated[str, msgspec.Meta(pattern=_FORM)]
"""A date such as `2026-03-31`; such dates sort as text."""


def day_number(date: str) -> int:
    """Count the days from 1970-01-01 to a date.

    Raises
    ------
    MessageError
        If there is no such date.
    """
    return calendar.timegm((*_parts(date), 0, 0, 0)) // _SECONDS_A_DAY


def month_later(date: str) -> str:
    """Give the same day of the next month, or that month's last day if it is shorter.

    Raises
    ------
    MessageError
        If there is no such date.
    """
    year, month, day = _parts(date)
    year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return f"{year:04}-{month:02}-{min(day, calendar.monthrange(year, month)[1]):02}"


def spoken(date: str) -> str:
    """Write a date as it is said to a person: 11 March 2026.

    Raises
    ------
    MessageError
        If there is no such date.
    """
    year, month, day = _parts(date)
    return f"{day} {_MONTHS[month - 1]} {year}"


def _parts(date: str) -> tuple[int, int, int]:
    if not re.match(_FORM, date):
        raise MessageError(f"{date!r} is no date; write it as 2026-03-31")
    year, month, day = (int(part) for part in date.split("-"))
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise MessageError(f"there is no {date}")
    return year, month, day
