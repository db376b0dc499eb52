"""Whether a mat has indicators, and on which pins."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from core.layout import load_layout
from core.layout_checks import INDICATOR_PINS
from drivers.base import VirtualClock
from pi.config import ConfigError, parse_config
from pi.panels import has_indicators, wiring_of
from pi.run import build

if TYPE_CHECKING:
    from pathlib import Path

FULL16 = load_layout("full16")
INSOLE16 = load_layout("insole16")


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("", False),
        ('[bank]\nkind = "replay"\nfile = "x.csv"', False),
        ('[bank]\nkind = "hx711"', True),
        ('[bank]\nkind = "adafruit"', True),
        ("[indicators]\nenabled = true", True),
        ('[bank]\nkind = "hx711"\n[indicators]\nenabled = false', False),
    ],
)
def test_only_a_real_mat_has_indicators_unless_it_is_said(text: str, has: bool) -> None:
    assert has_indicators(parse_config(text, "mat.toml"), FULL16) is has


def test_the_default_pins_are_those_that_layouts_keep_free() -> None:
    wiring = wiring_of(parse_config('[bank]\nkind = "hx711"', "mat.toml"), FULL16)
    pins = (wiring.button, wiring.red, wiring.buzzer, wiring.blue, wiring.green)
    assert pins == tuple(INDICATOR_PINS)


def test_a_pin_of_a_cell_is_refused_where_there_are_cells() -> None:
    pin = FULL16.spec.cell[0].dout
    assert pin
    text = f"[indicators]\nenabled = true\nred = {pin}\n"
    assert wiring_of(parse_config(text, "mat.toml"), FULL16).red == pin
    with pytest.raises(ConfigError, match=f"red = {pin}.*cell.*full16"):
        wiring_of(parse_config(f'{text}[bank]\nkind = "hx711"', "mat.toml"), FULL16)


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_the_daemon_takes_the_panel_that_its_configuration_asks_for(
    tmp_path: Path, enabled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-of-these")
    text = f'[indicators]\nenabled = {enabled}\n[data]\ndir = "{tmp_path}"\n'
    with ExitStack() as stack:
        sampler = build(parse_config(text, "mat.toml"), VirtualClock(1000.0), stack)
        for _ in range(2):
            sampler.run_pass()
        # No GPIO here: every part is missing, which is a fault of the mat and not its end.
        active = [alarm.raised.rule for alarm in sampler._engine.active]
        assert active == (["indicator"] if enabled == "true" else [])
