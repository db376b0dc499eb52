"""The table of the configuration about the cells: `[bank]`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

SIMULATED = ("simulator", "replay")
CONDITIONS = ("creep", "drift_n_per_h", "drift_n_per_k", "fault")
"""Keys of `[bank]` that only cells on paper can obey."""


class FaultConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[bank.fault]]`: what a simulated cell suffers, as in `drivers.cell_faults`.

    Attributes
    ----------
    kind : str
        What breaks (docs/diagnose.md).
    cell : int
        Counted from 1, in the order of the layout.
    begin_s, end_s : float
        Seconds since the start of the bank, the end not included.
    times : float
        How much louder a `noise_burst` is.
    """

    kind: Literal[
        "open_wire",
        "dout_stuck",
        "brown_out",
        "noise_burst",
        "desync",
        "slow_clock",
        "missed",
        "saturation",
        "stuck_code",
        "spike",
    ]
    cell: Annotated[int, msgspec.Meta(ge=1)]
    begin_s: Annotated[float, msgspec.Meta(ge=0, le=1e7)]
    end_s: Annotated[float, msgspec.Meta(gt=0, le=1e7)]
    times: Annotated[float, msgspec.Meta(ge=1, le=1e4)] = 20.0


class BankConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[bank]`: where readings come from.

    Attributes
    ----------
    kind : str
        `simulator`, `replay`, `hx711` (cells on this machine) or `adafruit` (one or two of them).
    seed : int
        Of the noise; the same seed gives the same readings.
    rate_hz : float
        Frames a second of the simulator; what the RATE pin of real converters is set to, 10 or 80.
    gain : int
        Of the converters: 128 or 64 (channel A), 32 (channel B).
    lines : str
        `lgpio` (all lines in one call) or `gpiozero` (any of its pin factories, slow).
    chip : int or None
        Number of the GPIO chip with the 40-pin header; None: as gpiozero finds it.
    mass_kg : float
        Of the simulated person, kilograms.
    file : str
        Recording that is replayed.
    loop : bool
        Whether a replay begins again at its end.
    creep : bool
        Whether simulated cells give way under load.
    drift_n_per_h : float
        How far the zero of every simulated cell wanders in an hour, newtons.
    drift_n_per_k : float
        How widely these zeros wander with temperature, newtons a kelvin, 1 sigma.
    fault : tuple of FaultConfig
        Faults of simulated cells.
    """

    kind: Literal["simulator", "replay", "hx711", "adafruit"] = "simulator"
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    rate_hz: Annotated[float, msgspec.Meta(gt=0, le=200)] = 80.0
    mass_kg: Annotated[float, msgspec.Meta(gt=0, le=400)] = 50.0
    file: str = ""
    loop: bool = True
    gain: Literal[128, 64, 32] = 128
    lines: Literal["lgpio", "gpiozero"] = "lgpio"
    chip: Annotated[int, msgspec.Meta(ge=0)] | None = None
    creep: bool = False
    drift_n_per_h: Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)] = 0.0
    drift_n_per_k: Annotated[float, msgspec.Meta(ge=0, le=1e4)] = 0.0
    fault: tuple[FaultConfig, ...] = ()
