"""What a form of a page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.exceptions import ClientException

if TYPE_CHECKING:
    from dashboard.rooms.answers import Asked

T = TypeVar("T", bound=msgspec.Struct)
MAX_FIELDS, MAX_PROFILE_FIELDS = 20, 80
MAX_TEXT_CHARS = 400
MEDIA_TYPE = "application/x-www-form-urlencoded"
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]
"""More than fits any field of a form; what it must be says whoever uses it."""


async def read_form(request: Asked, kind: type[T]) -> T:
    """Read the fields of a form.

    Parameters
    ----------
    request : Request
        Its body is small: `dashboard.guard` has looked.
    kind : type
        A struct with a field for each of the form.

    Raises
    ------
    ClientException
        400, if that is not what it sends.
    """
    return parse_form(await _body(request), kind)


async def read_fields(request: Asked) -> dict[str, str]:
    """Read the fields of a form that has one for each zone of a mat.

    Raises
    ------
    ClientException
        400, if it is no form.
    """
    body = await _body(request)
    try:
        return msgspec.convert(_fields(body, MAX_PROFILE_FIELDS), dict[str, Text])
    except (ValueError, msgspec.ValidationError):
        raise ClientException from None


def parse_form(body: bytes, kind: type[T]) -> T:
    """Parse the fields of a form; `read_form` says how."""
    try:
        return msgspec.convert(_fields(body, MAX_FIELDS), kind, strict=False)
    except (ValueError, msgspec.ValidationError):
        raise ClientException from None


async def _body(request: Asked) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise ClientException
    return await request.body()


def _fields(body: bytes, most: int) -> dict[str, str]:
    pairs = parse_qsl(
        body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body),
        errors="strict", max_num_fields=most,
    )  # fmt: skip
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ClientException
    return fields
