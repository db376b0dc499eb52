"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "default", deadline=None, derandomize=True, max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.register_profile(
    "campaign", settings.get_profile("default"), derandomize=False, max_examples=5000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real recordings, which the project may not ship."""
    folder = Path(os.environ.get("REFLEXMAT_SHARED", ROOT / ".." / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}: set REFLEXMAT_SHARED")
    return folder.resolve()
