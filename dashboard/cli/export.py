"""`reflexmat-dashboard export`: everything of a person as one archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MatError

if TYPE_CHECKING:
    import argparse

    from dashboard.config import Config

HELP = "write everything of a person into an archive"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take whose, and where to."""
    parser.add_argument("person", metavar="PERSON", help="id, as person list says it")
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="new file")


def run(config: Config, options: argparse.Namespace) -> int:
    """Write it."""
    from dashboard.exporting import export_person  # noqa: PLC0415
    from dashboard.store.repository import open_store  # noqa: PLC0415

    store = open_store(config.store_path)
    try:
        person = store.people.get(options.person)
        if person is None:
            raise MatError(f"person {options.person}: not known; see person list")
        number = export_person(store, person, options.file)
    finally:
        store.close()
    print(f"{options.file}: {person.name}, {number} sessions")
    return 0
