"""The way to the broker by TLS: only to one whose certificate fits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiomqtt
import msgspec
import pytest

from dashboard.certificates import make_authority, make_certificate
from dashboard.config import Config, ConfigError, parse_config
from dashboard.ingest import client_factory
from tests.dashboard.support import Mosquitto, make_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# As root it would become a user that may not read the key.
TLS = "user root\ncertfile {folder}/broker.pem\nkeyfile {folder}/broker.key\n"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A broker that speaks TLS alone, and how to reach it."""
    folder, now = tmp_path_factory.mktemp("broker"), datetime.now(UTC)
    authority, other = (make_authority(["127.0.0.1"], now) for _ in range(2))
    own = make_certificate(authority, ["127.0.0.1"], now)
    for name, content in {
        "broker.pem": own.certificate_pem,
        "broker.key": own.key_pem,
        "ca.pem": authority.certificate_pem,
        "other.pem": other.certificate_pem,
        "key.pem": own.key_pem,
    }.items():
        (folder / name).write_bytes(content)
    with Mosquitto(folder, TLS.format(folder=folder)) as broker:
        yield make_config(folder, 8080, broker.port)


def reached(config: Config, **how: object) -> bool:
    """Whether a connection comes to be."""
    broker = msgspec.structs.replace(config.broker, **how)
    connect = client_factory(msgspec.structs.replace(config, broker=broker), "test", None)

    async def scenario() -> bool:
        try:
            async with connect():
                return True
        except aiomqtt.MqttError:
            return False

    return asyncio.run(scenario())


def test_only_a_broker_whose_authority_is_known_is_spoken_to(secured: Config) -> None:
    assert reached(secured, tls=True, ca_file="ca.pem")
    assert not reached(secured, tls=True, ca_file="other.pem")
    assert not reached(secured, tls=True)
    assert not reached(secured, tls=True, ca_file="ca.pem", host="localhost")
    assert not reached(secured)


@pytest.mark.parametrize("file", ["missing.pem", "key.pem"])
def test_an_authority_that_cannot_be_used_is_said_at_once(secured: Config, file: str) -> None:
    with pytest.raises(ConfigError, match=rf"{file}: cannot be used"):
        reached(secured, tls=True, ca_file=file)


def test_an_authority_without_tls_is_refused(tmp_path: Path) -> None:
    text = (
        '[web]\nport = 8080\n[broker]\nhost = "127.0.0.1"\nca_file = "ca.pem"\n'
        '[mat]\nid = "demo"\n[sign_in]\ntoken_file = "token"\n'
    )
    with pytest.raises(ConfigError, match="would be plain text"):
        parse_config(text, "dashboard.toml", str(tmp_path))
