"""Configuration of a mat's daemon: one TOML file, refused with file, line and what to do.

Relative paths in the file start at the folder of the file.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from core.errors import MatError
from core.layout import SHIPPED
from core.profiles import Length  # noqa: TC001 - msgspec reads the annotation at run time

if TYPE_CHECKING:
    from pathlib import Path

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class ConfigError(MatError, ValueError):
    """A configuration that cannot be used; the message names file, line and what to do."""


class MatConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mat]`: what this mat is called, how it is built and used.

    Attributes
    ----------
    id : str
        Part of every topic.
    layout : str
        Name of a shipped layout, or a TOML file.
    mode : str
        `seated` or `standing`; decides how alarms are worded.
    foot_mm : tuple of float or None
        Length and width of the foot, mm; None when unknown.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")] = "mat"
    layout: str = "full16"
    mode: Literal["seated", "standing"] = "seated"
    foot_mm: tuple[Length, Length] | None = None


class BankConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[bank]`: where readings come from.

    Attributes
    ----------
    kind : str
        `simulator` or `replay`.
    seed : int
        Of the noise; the same seed gives the same readings.
    rate_hz : float
        Frames a second of the simulator.
    mass_kg : float
        Of the simulated person.
    file : str
        Recording that is replayed.
    loop : bool
        Whether a replay begins again at its end.
    """

    kind: Literal["simulator", "replay"] = "simulator"
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    rate_hz: Annotated[float, msgspec.Meta(gt=0, le=200)] = 80.0
    mass_kg: Annotated[float, msgspec.Meta(gt=0, le=400)] = 62.0
    file: str = ""
    loop: bool = True


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker]`: the MQTT broker. The password stands in a file of its own.

    Attributes
    ----------
    host : str
    port : int
    user : str
        Empty: no user, no password.
    password_file : str
        File with the password in its first line.
    """

    host: Annotated[str, msgspec.Meta(min_length=1)] = "127.0.0.1"
    port: Port = 1883
    user: str = ""
    password_file: str = ""


class DataConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[data]`: where the mat keeps its files."""

    dir: str = "."


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; every table and every key may be left out."""

    mat: MatConfig = MatConfig()
    bank: BankConfig = BankConfig()
    broker: BrokerConfig = BrokerConfig()
    data: DataConfig = DataConfig()


def load_config(path: Path) -> Config:
    """Read a configuration file.

    Returns
    -------
    Config
        Its paths absolute.

    Raises
    ------
    ConfigError
        If it cannot be read or used.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path}: {reason}; give a TOML file with --config") from None
    return _absolute(parse_config(text, str(path)), path.resolve().parent)


def parse_config(text: str, source: str) -> Config:
    """Check the text of a configuration.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        Name of the file, for the error text.

    Raises
    ------
    ConfigError
        With source, line and reason, if anything in it cannot be used.
    """
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {_toml_fault(str(error), text)}") from None
    except msgspec.ValidationError as error:
        raise _refusal(str(error), text, source) from None
    _check_together(config, text, source)
    return config


def _check_together(config: Config, text: str, source: str) -> None:
    if config.bank.kind == "replay" and not config.bank.file:
        line = _line_of(text, "bank", "kind")
        raise ConfigError(f'{source}: line {line}: a replay needs a recording; add file = "..."')
    if bool(config.broker.user) != bool(config.broker.password_file):
        line = _line_of(text, "broker", "user" if config.broker.user else "password_file")
        raise ConfigError(f"{source}: line {line}: give user and password_file, or neither")


def _toml_fault(message: str, text: str) -> str:
    reason, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else max(len(text.splitlines()), 1)
    return f"line {line}: not TOML: {reason}; mend that line"


def _refusal(message: str, text: str, source: str) -> ConfigError:
    """Turn msgspec's `... - at `$.bank.seed`` into a line."""
    reason, _, path = message.partition(" - at `$")
    table, key = (*re.findall(r"\w+", path), "", "")[:2]
    unknown = re.search(r"unknown field `(.+?)`", reason)
    if unknown:
        table, key = (table, unknown[1]) if table else (unknown[1], "")
    name = f"{table}.{key}".strip(".")
    line = _line_of(text, table, key)
    advice = "remove it" if unknown else "correct it, or leave it out for the default"
    return ConfigError(f"{source}: line {line}: {name}: {reason[:1].lower()}{reason[1:]}; {advice}")


def _line_of(text: str, table: str, key: str) -> int:
    """Line of a key of a table, else that of the table, else 1."""
    heading, within = 1, False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            within = re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", line) is not None
            heading = number if within else heading
        elif within and key and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return number
    return heading


def _absolute(config: Config, folder: Path) -> Config:
    """Let relative paths start at the folder of the file."""

    def rooted(path: str) -> str:
        return str(folder / path) if path else ""

    replace = msgspec.structs.replace
    layout = config.mat.layout
    return Config(
        mat=replace(config.mat, layout=layout if layout in SHIPPED else rooted(layout)),
        bank=replace(config.bank, file=rooted(config.bank.file)),
        broker=replace(config.broker, password_file=rooted(config.broker.password_file)),
        data=DataConfig(rooted(config.data.dir)),
    )
