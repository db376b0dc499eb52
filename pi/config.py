"""Configuration of a mat's daemon: one TOML file, refused with file, line and what to do.

Relative paths in the file start at the folder of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from core.errors import MatError
from core.layout import SHIPPED
from core.layout_checks import INDICATOR_PINS
from core.profiles import Length  # noqa: TC001 - msgspec reads the annotation at run time
from core.toml_text import line_of, line_of_item, read_tables
from pi.bank_config import CONDITIONS, SIMULATED, BankConfig
from pi.link_config import BrokerConfig, HomeAssistantConfig, complaint
from pi.password import CREDENTIAL

if TYPE_CHECKING:
    from pathlib import Path

Gpio = Annotated[int, msgspec.Meta(ge=2, le=27)]
_PIN = {what: pin for pin, what in INDICATOR_PINS.items()}


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
    profile : str
        TOML of the person's profile (docs/safety.md), which then says both of these; empty: none.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")] = "mat"
    layout: str = "full16"
    mode: Literal["seated", "standing"] = "seated"
    foot_mm: tuple[Length, Length] | None = None
    profile: str = ""


class IndicatorsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[indicators]`: light, buzzer and button on the mat (docs/indicators.md).

    Attributes
    ----------
    enabled : bool or None
        None: where the cells are real ones and the layout keeps pins for them.
    red, green, blue, buzzer, button : int
        GPIO numbers, as BCM counts them.
    common_anode : bool
        Whether the common leg of the light is on 3.3 V.
    soft_pulse : bool
        Whether the healthy pulse has ramps.
    quiet : str
        Up to which priority alarms make no sound: `none`, `low` or `medium`. High always sounds.
    """

    enabled: bool | None = None
    red: Gpio = _PIN["red light"]
    green: Gpio = _PIN["green light"]
    blue: Gpio = _PIN["blue light"]
    buzzer: Gpio = _PIN["buzzer"]
    button: Gpio = _PIN["button"]
    common_anode: bool = False
    soft_pulse: bool = True
    quiet: Literal["none", "low", "medium"] = "none"

    @property
    def pins(self) -> dict[str, int]:
        """GPIO of each key."""
        return {name: getattr(self, name) for name in ("red", "green", "blue", "buzzer", "button")}


class DataConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[data]`: where the mat keeps its files.

    Attributes
    ----------
    dir : str
        Folder for the calibration and all that outlives a restart; made if need be, mode 0700.
    log_mb : int
        How large the durable log may be, MB; what nobody has yet is given up last.
    keep_free_mb : int
        How much of the card is to stay free, MB.
    log_empty_mat : bool
        Whether frames are written down while nobody is on the mat, too.
    """

    dir: str = "."
    log_mb: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 512
    keep_free_mb: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 200
    log_empty_mat: bool = False


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; every table and every key may be left out."""

    mat: MatConfig = MatConfig()
    bank: BankConfig = BankConfig()
    broker: BrokerConfig = BrokerConfig()
    data: DataConfig = DataConfig()
    indicators: IndicatorsConfig = IndicatorsConfig()
    homeassistant: HomeAssistantConfig = HomeAssistantConfig()


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
    config = read_tables(text, source, Config, ConfigError)
    _check_together(config, text, source)
    return config


def _check_together(config: Config, text: str, source: str) -> None:
    if config.bank.kind == "replay" and not config.bank.file:
        line = line_of(text, "bank", "kind")
        raise ConfigError(f'{source}: line {line}: a replay needs a recording; add file = "..."')
    _check_conditions(config.bank, text, source)
    wrong = complaint(config.broker)
    if wrong:
        line = line_of(text, "broker", wrong[0])
        raise ConfigError(f"{source}: line {line}: broker.{wrong[0]}: {wrong[1]}")
    taken: dict[int, str] = {}
    for name, pin in config.indicators.pins.items():
        if pin in taken:
            line = _later(text, name, taken[pin])
            raise ConfigError(
                f"{source}: line {line}: indicators.{name}: GPIO {pin} is that of "
                f"{taken[pin]} already; choose another"
            )
        taken[pin] = name


def _later(text: str, *names: str) -> int:
    """Line of the one of several keys that stands last."""
    return max(line_of(text, "indicators", name) for name in names)


def _check_conditions(bank: BankConfig, text: str, source: str) -> None:
    asked = [key for key in CONDITIONS if getattr(bank, key)]
    if asked and bank.kind not in SIMULATED:
        line = line_of(text, "bank", asked[0])
        raise ConfigError(
            f"{source}: line {line}: bank.{asked[0]} is for {' and '.join(SIMULATED)}; remove it"
        )
    for number, fault in enumerate(bank.fault):
        if fault.begin_s >= fault.end_s:
            line = line_of_item(text, "bank.fault", number, "end_s")
            raise ConfigError(f"{source}: line {line}: end_s must be later than begin_s; move it")


def _absolute(config: Config, folder: Path) -> Config:
    """Let relative paths start at the folder of the file."""

    def rooted(path: str) -> str:
        return str(folder / path) if path else ""

    replace = msgspec.structs.replace
    mat, broker = config.mat, config.broker
    password_file = broker.password_file
    if not password_file.startswith(CREDENTIAL):
        password_file = rooted(password_file)
    layout = mat.layout if mat.layout in SHIPPED else rooted(mat.layout)
    return replace(
        config,
        mat=replace(mat, layout=layout, profile=rooted(mat.profile)),
        bank=replace(config.bank, file=rooted(config.bank.file)),
        broker=replace(broker, password_file=password_file, ca_file=rooted(broker.ca_file)),
        data=replace(config.data, dir=rooted(config.data.dir)),
    )
