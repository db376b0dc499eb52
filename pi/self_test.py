"""`reflexmat indicators`: show each colour and a tone, say which parts work; or put them out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.errors import MatError
from core.signals import DARK, SELF_TEST, Signal
from drivers.base import SystemClock
from drivers.indicators import Indicators
from pi.config import ConfigError, load_config
from pi.layouts import find_layout
from pi.panels import has_indicators, wiring_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.signals import Step
    from drivers.base import Clock
    from drivers.parts import Wiring
    from pi.config import Config

ANSWERS = {"light": "answers", "buzzer": "answers"}


def run(
    config_path: Path,
    say: Callable[[str], None],
    *,
    as_json: bool,
    put_out: bool,
    factory: object = None,
    clock: Clock | None = None,
) -> bool:
    """Test the indicators of a configuration.

    Parameters
    ----------
    config_path : Path
    say : callable
        Takes each line of the report.
    as_json : bool
        One line of JSON instead of words.
    put_out : bool
        Only make everything dark and silent: for after a daemon that was killed.
    factory : gpiozero pin factory, optional
    clock : Clock, optional

    Returns
    -------
    bool
        Whether every part that was asked for works.

    Raises
    ------
    MatError
        If there are no indicators, or not one of them works.
    """
    config = load_config(config_path)
    wiring = _wiring(config)
    if wiring is None:
        if put_out:
            return True
        raise ConfigError(
            f"{config_path}: there are no indicators; add [indicators] enabled = true"
        )
    clock = clock or SystemClock()
    indicators = Indicators(wiring, factory, config.bank.chip)
    try:
        tell = (lambda _: None) if as_json or put_out else say
        down = _play(indicators, () if put_out else SELF_TEST, clock, tell)
        missing = dict(indicators.missing)
    finally:
        indicators.close()
    if {"light", "buzzer"} <= missing.keys():
        raise MatError(f"{config_path}: {missing['light']}")
    if as_json:
        say(_as_json(missing, down=down))
    elif put_out:
        _report({}, missing, say)
    else:
        _report({**ANSWERS, "button": "pressed" if down else "not pressed"}, missing, say)
        say("Nobody but you can tell whether it shone red, green, blue, and then sounded.")
    return not missing


def _wiring(config: Config) -> Wiring | None:
    layout = find_layout(config.mat.layout)
    return wiring_of(config, layout) if has_indicators(config, layout) else None


def _play(
    indicators: Indicators, steps: tuple[Step, ...], clock: Clock, tell: Callable[[str], None]
) -> bool | None:
    """Play the steps; say whether the button was down at one of them."""
    downs: list[bool | None] = []
    for step in steps:
        now_s = clock.now_s()
        downs.append(indicators.is_down(now_s))
        colour = step.colour or "dark"
        indicators.show(Signal(colour, float(colour != "dark"), step.tone_hz), now_s)
        if indicators.missing.keys() >= {"light", "buzzer"}:
            break
        tell(f"tone of {step.tone_hz} Hz" if step.tone_hz else f"light {colour}")
        clock.wait_until(now_s + step.for_ms / 1000)
    indicators.show(DARK, clock.now_s())
    return None if None in downs else any(downs)


def _report(works: dict[str, str], missing: dict[str, str], say: Callable[[str], None]) -> None:
    for part, what in (works | missing).items():
        say(f"{part}: {what}")


def _as_json(missing: dict[str, str], *, down: bool | None) -> str:
    parts = {
        part: {"ok": part not in missing, "reason": missing.get(part)}
        for part in (*ANSWERS, "button")
    }
    return json.dumps({"parts": parts, "button_down": down})
