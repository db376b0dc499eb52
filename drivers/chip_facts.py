"""What the data sheet of the HX711 says ("24-Bit ADC for Weigh Scales", V2.0)."""

from __future__ import annotations

COUNTS_MIN, COUNTS_MAX = -0x800000, 0x7FFFFF
"""The ends of the range; a bridge beyond it reads as one of them."""

DATA_BITS = 24

PULSES_BY_GAIN = {128: 25, 32: 26, 64: 27}
"""Pulses of a word; they set input and gain of the next. 128 and 64: input A; 32: input B."""

SCK_HIGH_MAX_S = 50e-6
"""Longest pulse of the clock (T3)."""

POWER_DOWN_S = 60e-6
"""A clock line that is high for longer powers the chip down; its fall resets it."""

SETTLING_CONVERSIONS = 4
"""Conversions from power-up, reset or a change of gain to settled data."""
