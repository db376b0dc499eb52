"""`reflexmat homeassistant remove`: takes the entities of a mat out of Home Assistant."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Any

from core.errors import MatError
from core.homeassistant import discovery_topics
from pi.config import load_config
from pi.connection import Connection, Handlers
from pi.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

TIMEOUT_S = 10.0
_TURN_S = 0.5


class BrokerError(MatError):
    """A broker that cannot be reached, or does not confirm."""


def remove(config_path: Path) -> str:
    """Empty every topic that has announced the mat to Home Assistant.

    Parameters
    ----------
    config_path : Path
        That of the mat's daemon, which may be running.

    Returns
    -------
    str
        One line for people.

    Raises
    ------
    MatError
        If the configuration cannot be used, or the broker does not confirm.
    """
    config = load_config(config_path)
    settings = settings_of(config)
    topics = discovery_topics(config.mat.id, config.homeassistant.prefix)
    waiting = set(topics)
    sent: dict[int, str] = {}

    def send() -> None:
        sent.update((broker.publish(name, b"", qos=1, retain=True), name) for name in topics)

    handlers = Handlers(
        on_up=send,
        on_confirmed=lambda number: waiting.discard(sent.get(number, "")),
        on_message=lambda *_: None,
        on_refused=lambda _: None,
    )
    # No will: it would say `offline` of a mat whose daemon may be running.
    broker = Connection(settings, handlers, will=False)
    _drive(broker, waiting, settings.address, time.monotonic)
    said = f"{len(topics)} entities of the mat {config.mat.id} removed at {settings.address}"
    if not config.homeassistant.enabled:
        return said
    return f"{said}; a daemon with [homeassistant] enabled = true will bring them back: set false"


def _drive(
    broker: Connection, waiting: Iterable[str], address: str, now_s: Callable[[], float]
) -> None:
    """Keep a connection going until nothing waits for the broker."""
    give_up_s = now_s() + TIMEOUT_S
    broker.open(TIMEOUT_S)
    while waiting and not broker.fault and now_s() < give_up_s:
        if not broker.unread:
            reads: list[Any] = [broker.socket]
            select.select(reads, reads if broker.behind else [], [], _TURN_S)
        broker.drive()
    fault = broker.fault or ("the broker does not confirm; try again" if waiting else "")
    broker.close(orderly=not fault)
    if fault:
        raise BrokerError(f"{address}: {fault}")
