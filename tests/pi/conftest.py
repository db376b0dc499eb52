"""Fixtures of the tests of `pi`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pi.mqtt import AnyBroker, Mosquitto, Nats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[Mosquitto, Nats], ids=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyBroker]:
    """Each kind of broker, running."""
    folder = tmp_path / "broker"
    folder.mkdir()
    running: AnyBroker = request.param(folder)
    running.start()
    yield running
    running.stop()
