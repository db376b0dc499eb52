"""`reflexmat-dashboard ingest`: the recorder alone, until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config

HELP = "record without a page; a dashboard on the same store then shows, and does not record"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Take nothing but the configuration."""


def run(config: Config, _options: argparse.Namespace) -> int:
    """Record."""
    from dashboard.recording.starting import record  # noqa: PLC0415

    record(config)
    return 0
