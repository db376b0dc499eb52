"""Fixtures that all tests share, and the rule that CI skips nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parent.parent
SHARE = float(os.environ.get("REFLEXMAT_CAMPAIGN_SHARE", "1"))

settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "campaign",
    settings.get_profile("default"),
    derandomize=False,
    max_examples=max(1, int(10_000 * SHARE)),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suite of every bank run on a real mat."""
    parser.addoption(
        "--hardware",
        type=Path,
        metavar="FILE",
        help="configuration of a mat that the contract of every bank is tested on",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a virtual clock where there is a real one."""
    if config.getoption("hardware") is None:
        return
    virtual = [item for item in items if item.get_closest_marker("virtual_clock")]
    config.hook.pytest_deselected(items=virtual)
    items[:] = [item for item in items if item not in virtual]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let the marked ones run without a trace: measuring doubles what they take.

    They run the same lines again and again, and others reach each of these: core must come to
    100 % without them.
    """
    if item.get_closest_marker("unmeasured") is None:
        return (yield)
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder beside the project with data and drawings that it may not ship."""
    folder = Path(os.environ.get("REFLEXMAT_SHARED", ROOT / ".." / "shared"))
    if not folder.is_dir():
        pytest.skip(f"nothing at {folder}: set REFLEXMAT_SHARED to run the tests on recordings")
    return folder.resolve()


@pytest.fixture(scope="session")
def shared_data(shared: Path) -> Path:
    """Folder of the real recordings."""
    return shared / "data"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that must not skip: what CI leaves out, nobody sees."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("REFLEXMAT_NO_SKIPS"):
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped:
        reporter.write_line(f"{len(skipped)} skipped, and this run may skip nothing", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
