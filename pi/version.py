"""Which reflexmat this is."""

from __future__ import annotations

import importlib.metadata

RELEASED_ON = "2026-11-01"
"""No clock can be right that shows an earlier day: this program was not there yet."""


def version() -> str:
    """Version of the installed package; `0+source` for a checkout that is not installed."""
    try:
        return importlib.metadata.version("reflexmat")
    except importlib.metadata.PackageNotFoundError:
        return "0+source"
