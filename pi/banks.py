"""The bank of a configuration: a simulated person, a recording, or converters on this machine."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.cell_faults import CellFault
from drivers.conditions import Conditions
from drivers.errors import DriverError
from drivers.person import Person
from drivers.replay import Replay
from drivers.scenario import EMPTY
from drivers.simulator import Simulator

if TYPE_CHECKING:
    from core.layout import MatLayout
    from drivers.base import CellBank, Clock
    from pi.bank_config import BankConfig
    from pi.config import Config


def make_bank(config: Config, layout: MatLayout, clock: Clock) -> CellBank:
    """Make the bank of a configuration, not started; the same each time.

    Raises
    ------
    DriverError, RecordingError
        If its file or hardware cannot be opened, or is none of this layout.
    """
    return _MAKERS[config.bank.kind](config.bank, layout, clock)


def make_empty_bank(config: Config, layout: MatLayout, clock: Clock) -> CellBank:
    """Make the bank of a configuration for who works on the mat, with nobody on a simulated one.

    Raises
    ------
    DriverError
        If its hardware cannot be opened, or it is a replay, whose cells need no care.
    """
    bank = config.bank
    if bank.kind == "replay":
        raise DriverError(
            "a replay has made-up cells with a true calibration: there is nothing to set; use a "
            "bank of another kind"
        )
    if bank.kind != "simulator":
        return make_bank(config, layout, clock)
    nobody = Person(layout, bank.mass_kg, bank.seed, EMPTY)
    conditions = _conditions(bank)
    return Simulator(layout, nobody, clock, bank.rate_hz, bank.seed, conditions=conditions)


def _simulator(bank: BankConfig, layout: MatLayout, clock: Clock) -> CellBank:
    person = Person(layout, bank.mass_kg, bank.seed)
    conditions = _conditions(bank)
    return Simulator(layout, person, clock, bank.rate_hz, bank.seed, conditions=conditions)


def _replay(bank: BankConfig, layout: MatLayout, clock: Clock) -> CellBank:
    conditions = _conditions(bank)
    file = Path(bank.file)
    return Replay(layout, file, clock, loop=bank.loop, seed=bank.seed, conditions=conditions)


def _conditions(bank: BankConfig) -> Conditions:
    faults = (
        CellFault(fault.kind, fault.cell - 1, fault.begin_s, fault.end_s, fault.times)
        for fault in bank.fault
    )
    return Conditions(bank.gain, bank.creep, bank.drift_n_per_h, bank.drift_n_per_k, tuple(faults))


def _hardware(bank: BankConfig, layout: MatLayout, clock: Clock) -> CellBank:
    # Only a mat with cells needs the GPIO libraries.
    gpio = importlib.import_module("drivers.gpio")
    open_lines = functools.partial(gpio.OPENERS[bank.lines], chip=bank.chip)
    driver = importlib.import_module(f"drivers.{bank.kind}")
    opened: CellBank = driver.open_bank(layout, clock, bank.rate_hz, bank.gain, open_lines)
    return opened


_MAKERS = {
    "simulator": _simulator,
    "replay": _replay,
    "hx711": _hardware,
    "adafruit": _hardware,
}
