"""`reflexmat-dashboard doctor`: whether the store is sound, and what is not in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from dashboard.config import Config
    from dashboard.store.repository import Store

HELP = "check the store, say what is lost, damaged or unknown"


class Finding(NamedTuple):
    """One line: `ok`, `warning` or `failed`, what was looked at, and what was found."""

    verdict: str
    what: str
    words: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the form of the answer."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(config: Config, options: argparse.Namespace) -> int:
    """Look, and say; 1 when something has failed."""
    findings = list(look(config))
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings]))
    else:
        for verdict, what, words in findings:
            print(f"{verdict:8} {what:10} {words}")
    return int(any(finding.verdict == "failed" for finding in findings))


def look(config: Config) -> Iterator[Finding]:
    """Look at the store."""
    from dashboard.store.condition import space_of  # noqa: PLC0415
    from dashboard.store.copies import faults  # noqa: PLC0415
    from dashboard.store.repository import open_store  # noqa: PLC0415

    path = config.store_path
    if not path.exists():
        yield Finding("failed", "store", f"{path}: not there; start the dashboard once")
        return
    wrong = faults(path)
    yield from (Finding("failed", "store", f"{path}: {line}; see docs/store.md") for line in wrong)
    if wrong:
        return
    space = space_of(path)
    yield Finding("ok", "store", f"{path}: sound, {space.size_bytes / 1e6:.1f} MB")
    verdict = "warning" if space.is_low else "ok"
    yield Finding(verdict, "disk", f"{space.free_bytes / 1e9:.1f} GB free")
    store = open_store(path, query_only=True)
    try:
        yield from _contents(store)
    finally:
        store.close()


def _contents(store: Store) -> Iterator[Finding]:
    from dashboard.store.condition import condition_of  # noqa: PLC0415

    found = condition_of(store)
    for mat, health, _ in found.mats:
        words = (
            f"{health.n_records} records, {health.n_lost} lost, {health.n_damaged} damaged, "
            f"{health.n_unreadable} not understood, {health.n_beside} of other histories"
        )
        yield Finding("ok" if health.is_whole else "warning", f"mat {mat.id}", words)
    for unknown in found.unknown:
        words = f"not known and not recorded: reflexmat-dashboard mat add {unknown.id}"
        yield Finding("warning", f"mat {unknown.id}", words)
    if found.n_unfinished:
        yield Finding("warning", "sessions", f"{found.n_unfinished} have ended and have no figures")
