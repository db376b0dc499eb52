"""The indicators of a configuration: whether there are any, and on which pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.indicators import Indicators
from drivers.parts import Wiring
from pi.config import ConfigError
from pi.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.button import Intent
    from core.engine import Engine
    from core.layout import MatLayout
    from core.signals import Answer
    from core.wire import Priority
    from pi.config import Config

HARDWARE = ("hx711", "adafruit")
"""Kinds of banks whose cells are real: a mat with these has indicators unless it says not."""

QUIET: dict[str, tuple[Priority, ...]] = {"none": (), "low": ("low",), "medium": ("low", "medium")}
"""Which priorities make no sound, by `quiet`."""


def has_indicators(config: Config, layout: MatLayout) -> bool:
    """Whether there are light, buzzer and button; a simulated mat has none unless it says so."""
    asked = config.indicators.enabled
    return config.bank.kind in HARDWARE and layout.spec.indicators if asked is None else asked


def wiring_of(config: Config, layout: MatLayout) -> Wiring:
    """Pick the pins of a configuration.

    Raises
    ------
    ConfigError
        If one of them is that of a cell.
    """
    table = config.indicators
    cells = {pin for cell in layout.spec.cell for pin in (cell.dout, cell.sck)}
    for name, pin in table.pins.items():
        if config.bank.kind in HARDWARE and pin in cells:
            raise ConfigError(
                f"[indicators] {name} = {pin}: a cell of layout {layout.spec.id} is on that GPIO; "
                "choose another, or set enabled = false"
            )
    return Wiring(**table.pins, common_anode=table.common_anode, soft_pulse=table.soft_pulse)


def make_panel(
    config: Config,
    layout: MatLayout,
    engine: Engine,
    asks: Mapping[Intent, Callable[[float], Answer | None]],
) -> Panel | None:
    """Make the panel of a configuration; None where there is none. `asks` is as in `Panel`.

    Raises
    ------
    ConfigError
        If a pin of it is that of a cell.
    """
    if not has_indicators(config, layout):
        return None
    indicators = Indicators(wiring_of(config, layout), chip=config.bank.chip)
    return Panel(engine, indicators, QUIET[config.indicators.quiet], asks)
