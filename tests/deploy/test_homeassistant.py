"""Home Assistant finds a mat through the shipped brokers, over TLS and with the shipped rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from core.homeassistant import discovery
from core.wire import encode
from pi.broker_config import HOST
from pi.command_line import DONE, main
from pi.config import load_config
from pi.handover import Message
from pi.settings import settings_of
from tests.core.make_golden import INFO
from tests.deploy.brokers import DEADLINE_S, Mosquitto, Nats, Shipped, make_certificates
from tests.deploy.test_brokers import Client
from tests.pi.test_link import Side

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "homeassistant"
HERE = replace(INFO, mat="kitchen")
TOLD = discovery(HERE, PREFIX)


@pytest.mark.parametrize("kind", [Mosquitto, Nats])
def test_a_mat_with_the_shipped_rights_is_found_and_taken_back(
    kind: type[Shipped], tmp_path: Path
) -> None:
    make_certificates(tmp_path / "certificates", HOST)
    (tmp_path / "broker").mkdir()
    with kind(tmp_path / "broker", tmp_path / "certificates") as broker:
        file = tmp_path / "mat.toml"
        file.write_text(
            f'[mat]\nid = "kitchen"\n[broker]\nport = {broker.port}\ntls = true\n'
            f'ca_file = "{broker.ca}"\nuser = "kitchen"\npassword_file = "password"\n'
            f"[homeassistant]\nenabled = true\n"
        )
        (tmp_path / "password").write_text(broker.passwords["kitchen"])
        settings = replace(settings_of(load_config(file)), outbox="")
        with Client(broker, "homeassistant") as home:
            home.hear(f"{PREFIX}/+/+/+/config")
            with Side(settings) as side:
                side.post.send(Message("info", encode(HERE), 1, True))
                assert told(home) == TOLD
            assert main(["homeassistant", "remove", "--config", str(file)]) == DONE
            assert told(home) == dict.fromkeys(TOLD, b"")


def told(home: Client) -> dict[str, bytes]:
    """Wait for one message of each entity."""
    return dict(home.heard.get(timeout=DEADLINE_S) for _ in TOLD)
