"""Waiting until a mat speaks and its dashboard answers."""

from __future__ import annotations

import contextlib
import http.client
from typing import TYPE_CHECKING, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.wire import topic

if TYPE_CHECKING:
    from pi.broker_config import Account

HTTP_TIMEOUT_S = 2.0


def answers(host: str, port: int) -> bool:
    """Ask a dashboard for its health, once.

    Returns
    -------
    bool
        Whether `/healthz` was answered with 200.
    """
    connection = http.client.HTTPConnection(host, port, timeout=HTTP_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class MatWatch:
    """Hears whether a mat speaks. `status` alone would not do: it may be left from a former run.

    Parameters
    ----------
    host : str
    port : int
        Of the broker.
    account : Account
        Someone who may read.
    mat : str
        Id of the mat.

    Attributes
    ----------
    live : bool
        Whether a `state` has come: bank, engine, link and broker all work.
    """

    def __init__(self, host: str, port: int, account: Account, mat: str) -> None:
        self.live = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(account.user, account.password)
        self._client.on_connect = lambda client, *_: client.subscribe(topic(mat, "state"))
        self._client.on_message = self._hear
        self._address = host, port

    def listen(self, timeout_s: float) -> bool:
        """Listen for a while.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds.

        Returns
        -------
        bool
            `live`.
        """
        # A connection that was lost is made anew; until then this is what is due.
        if self._client.loop(timeout_s) != mqtt.MQTT_ERR_SUCCESS:
            with contextlib.suppress(OSError):
                self._client.reconnect()
        return self.live

    def __enter__(self) -> Self:
        self._client.connect(*self._address)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()

    def _hear(self, _client: mqtt.Client, _data: object, _message: mqtt.MQTTMessage) -> None:
        self.live = True
