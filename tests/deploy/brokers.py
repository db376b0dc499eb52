"""The shipped brokers, set up as their README says, each in a folder of its own; real servers."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Self

from pi.broker import find_server, free_port
from pi.broker_config import HOST

DEPLOY = Path(__file__).parents[2] / "deploy"
DEADLINE_S = 20.0
MATS = ("kitchen", "hall")
USERS = (*MATS, "recorder", "dashboard", "homeassistant")
_POLL_S = 0.02


def make_certificates(folder: Path, *names: str) -> None:
    subprocess.run(["sh", DEPLOY / "certificates.sh", folder, *names], check=True, timeout=60)


class Shipped:
    """A broker by its shipped configuration; only paths, ports and mats are other ones."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        self.port = free_port()
        self.ca = certificates / "ca.pem"
        self.passwords = {user: f"secret of {user}" for user in USERS}
        self.folder = folder
        self.etc, self.state = folder / "etc", folder / "state"
        shutil.copytree(certificates, self.etc)
        self.state.mkdir()
        self._log = folder / "log"

    def argv(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self.argv(), stdout=log, stderr=log)
        deadline_s = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline_s
            time.sleep(_POLL_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE_S)

    def reload(self) -> None:
        """Write accounts and passwords anew, and tell the server."""
        self.argv()
        self._process.send_signal(signal.SIGHUP)

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as plain:
                self.context().wrap_socket(plain, server_hostname=HOST).close()
        except OSError:
            return False
        return True


class Mosquitto(Shipped):
    def argv(self) -> list[str]:
        text = (DEPLOY / "mosquitto/mosquitto.conf").read_text()
        text = text.replace("/etc/mosquitto/reflexmat", str(self.etc))
        text = text.replace("/var/lib/mosquitto", str(self.state)).replace("log_dest syslog", "")
        # As root it would become a user that may not enter the test's folder.
        text = f"user root\n{text}".replace("listener 8883", f"listener {self.port} {HOST}")
        shutil.copy(DEPLOY / "mosquitto/reflexmat.acl", self.etc)
        for user, password in self.passwords.items():
            self._enrol(user, password)
        config = self.etc / "mosquitto.conf"
        config.write_text(text)
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
        assert program, "install mosquitto"
        return [program, "-c", str(config)]

    def _enrol(self, user: str, password: str) -> None:
        file = self.etc / "passwords"
        create = [] if file.exists() else ["-c"]
        command = ["mosquitto_passwd", *create, "-b", str(file), user, password]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


class Nats(Shipped):
    native_port = 0

    def argv(self) -> list[str]:
        self.native_port = self.native_port or free_port()
        text = (DEPLOY / "nats/nats.conf").read_text()
        text = text.replace("/etc/reflexmat-nats", str(self.etc))
        text = text.replace("/var/lib/reflexmat-nats", str(self.state))
        text = text.replace('"0.0.0.0"', f'"{HOST}"').replace("port: 8883", f"port: {self.port}")
        text = text.replace("port: 4222", f"port: {self.native_port}")
        (self.etc / "nats.conf").write_text(text)
        (self.etc / "accounts.conf").write_text(self._accounts())
        lines = (f'{name.upper()}_PASSWORD: "{word}"\n' for name, word in self.passwords.items())
        (self.etc / "passwords.conf").write_text("".join(lines))
        return [str(find_server()), "-c", str(self.etc / "nats.conf")]

    def _accounts(self) -> str:
        text = (DEPLOY / "nats/accounts.conf").read_text()
        block = re.search(r"\n    \{\n      user: \"mat\".*?\n    \}\n", text, re.DOTALL)
        assert block
        blocks = (
            block[0]
            .replace('"mat"', f'"{mat}"')
            .replace("$MAT_", f"${mat.upper()}_")
            .replace(".mat.", f".{mat}.")
            for mat in MATS
        )
        return text.replace(block[0], "".join(blocks))
