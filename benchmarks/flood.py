"""A client that keeps a mat's link busy: commands, most of them nonsense, 200 a second."""

from __future__ import annotations

import json
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from core.wire import topic
from pi.broker_config import HOST
from pi.demo_files import MAT

PERIOD_S = 0.005
WATCH_EVERY = 200
PADDING = "x" * 2_000


def main() -> None:
    """Send until killed; port and user are arguments, the password the first line of stdin."""
    port, user = int(sys.argv[1]), sys.argv[2]
    boot: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(user, sys.stdin.readline().strip())
    client.on_message = lambda _client, _data, message: boot.append(
        json.loads(message.payload)["boot_id"]
    )
    client.connect(HOST, port)
    client.loop_start()
    client.subscribe(topic(MAT, "info"), 1)
    number = 0
    while True:
        watch = number % WATCH_EVERY == 0 and boot
        command = {
            "id": f"flood-{number}",
            "verb": "watch" if watch else "nonsense",
            "args": {"lease_s": 20} if watch else {"padding": PADDING},
            "boot_id": boot[-1] if boot else "unknown",
            "until_t_s": 1e12,
        }
        client.publish(topic(MAT, "cmd"), json.dumps(command), qos=1)
        number += 1
        time.sleep(PERIOD_S)


if __name__ == "__main__":
    main()
