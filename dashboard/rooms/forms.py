"""What a form of a page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.exceptions import ClientException

if TYPE_CHECKING:
    from dashboard.rooms.answers import Asked

T = TypeVar("T", bound=msgspec.Struct)
MAX_FIELDS = 20
MEDIA_TYPE = "application/x-www-form-urlencoded"
Text = Annotated[str, msgspec.Meta(max_length=400)]
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
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise ClientException
    return parse_form(await request.body(), kind)


def parse_form(body: bytes, kind: type[T]) -> T:
    """Parse the fields of a form; `read_form` says how."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body),
            errors="strict", max_num_fields=MAX_FIELDS,
        )  # fmt: skip
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise ClientException
        return msgspec.convert(fields, kind, strict=False)
    except (ValueError, msgspec.ValidationError):
        raise ClientException from None
