"""The dashboard's configuration: TOML; what is wrong is one line with file, line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from core.errors import MatError
from core.toml_text import read_tables
from dashboard.web import Host, Port, Web  # noqa: TC001 - msgspec reads the annotations

MatId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
MAX_SECRET_BYTES = 4096
MIN_TOKEN_CHARS = 16


class ConfigError(MatError, ValueError):
    """A configuration that cannot be used; the message names file, line and reason."""


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker]`: the MQTT broker, and as whom to connect.

    With `tls` it must show a certificate for `host`, signed by the authority in `ca_file` or by one
    that this computer knows. `embedded_dir` is the folder of a broker that the demo runs: there,
    `mat add` writes accounts.
    """

    host: Host
    port: Port = 1883
    user: str | None = None
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None
    embedded_dir: str | None = None


class Mat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mat]`: the one mat that is shown."""

    id: MatId


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[sign_in]`, of a demo: the file that holds the token of the one-time link."""

    token_file: str


class StoreTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`: what is kept, and where.

    `keep_frames_days`: frames of older sessions are deleted, their figures stay; left out: never.
    """

    path: Annotated[str, msgspec.Meta(min_length=1)] = "data/reflexmat.db"
    keep_frames_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    web: Web
    broker: Broker
    mat: Mat
    sign_in: SignIn | None = None
    store: StoreTable = StoreTable()


class Config(Tables, frozen=True):
    """The file and where it lies: relative paths in it start at `folder`."""

    folder: str = "."

    @property
    def token_path(self) -> Path | None:
        """File of the token of a demo's sign-in link, if this is one."""
        return self._beside(self.sign_in.token_file if self.sign_in else None)

    @property
    def store_path(self) -> Path:
        """File of the store."""
        return Path(self.folder, self.store.path)

    @property
    def certificate_path(self) -> Path | None:
        """File of the certificate by which the dashboard speaks TLS itself."""
        return self._beside(self.web.certificate)

    @property
    def key_path(self) -> Path | None:
        """File of its private key."""
        return self._beside(self.web.key)

    @property
    def broker_ca_path(self) -> Path | None:
        """File of the authority that signed the broker's certificate."""
        return self._beside(self.broker.ca_file)

    @property
    def authority_path(self) -> Path | None:
        """File of the certificate of the authority that signed it."""
        return self._beside(self.web.authority)

    @property
    def password_path(self) -> Path | None:
        """File of the broker password, if there is one."""
        return self._beside(self.broker.password_file)

    def _beside(self, name: str | None) -> Path | None:
        return Path(self.folder, name) if name else None

    @property
    def embedded_path(self) -> Path | None:
        """Folder of the demo's broker, if it is that."""
        name = self.broker.embedded_dir
        return Path(self.folder, name) if name else None


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises
    ------
    ConfigError
        If it cannot be read or used.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return parse_config(text, str(path), str(path.parent))


def parse_config(text: str, source: str, folder: str = ".") -> Config:
    """Check the text of a configuration file.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        Where it came from, for the error text.
    folder : str
        Where relative paths in it start.

    Raises
    ------
    ConfigError
        With source, line and reason.
    """
    tables = read_tables(text, source, Tables, ConfigError)
    if tables.broker.ca_file and not tables.broker.tls:
        raise ConfigError(f"{source}: `broker.ca_file` without `tls = true` would be plain text")
    return Config(**msgspec.structs.asdict(tables), folder=folder)


def read_secret(path: Path) -> str:
    """Read a token or a password: the first line of its file, without blanks around it.

    Raises
    ------
    ConfigError
        If the file cannot be read or is too long to be one.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    if len(content) > MAX_SECRET_BYTES:
        raise ConfigError(f"{path}: {len(content)} bytes; at most {MAX_SECRET_BYTES}")
    return text.partition("\n")[0].strip()


def read_token(path: Path) -> str:
    """Read the sign-in token; empty when it has been used.

    Raises
    ------
    ConfigError
        If the file cannot be read, or the token is short enough to be guessed.
    """
    token = read_secret(path)
    if token and len(token) < MIN_TOKEN_CHARS:
        raise ConfigError(f"{path}: {len(token)} characters; at least {MIN_TOKEN_CHARS} are needed")
    return token
