"""`reflexmat-dashboard serve`: the dashboard, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config

HELP = "serve the dashboard until stopped"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Take nothing but the configuration."""


def run(config: Config, _options: argparse.Namespace) -> int:
    """Serve."""
    from dashboard.server import serve  # noqa: PLC0415 - a plain line when something is missing

    return serve(config)
