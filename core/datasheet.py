"""What the data sheet of the HX711 says (Avia, "24-Bit ADC for Weigh Scales", V2.0).

Shared by what simulates a converter, what reads one and what judges one, so that they cannot
differ.
"""

from __future__ import annotations

import math

COUNTS_MAX = 2**23 - 1
COUNTS_MIN = -(2**23)

REFERENCE_GAIN = 128
"""The gain that the data sheet gives its noise for; full scale is +-0.5 AVDD / gain."""

SLOW_RATE_HZ = 10.0
FAST_RATE_HZ = 80.0
INTERNAL_OSCILLATOR = (1.10, 1.25)
"""A module without a crystal runs at 11.7 or 93 SPS, measured (olkal/HX711_ADC issue 81)."""

NOISE_SLOW_COUNTS = 21.0
"""Noise, rms, at 10 SPS, 5 V, gain 128: 50 nV of 39 mV in 2^24 steps."""

NOISE_FAST_COUNTS = 39.0
"""Noise, rms, at 80 SPS, 5 V, gain 128: 90 nV."""

SETTLING_CONVERSIONS = 4
"""After power-up, reset or a change of gain: 400 ms at 10 SPS, 50 ms at 80 SPS."""

DATA_BITS = 24

PULSES_BY_GAIN = {128: 25, 32: 26, 64: 27}
"""Pulses of a word; they set input and gain of the next. 128 and 64: input A; 32: input B."""

SCK_HIGH_MAX_S = 50e-6
"""Longest pulse of the clock (T3)."""

POWER_DOWN_S = 60e-6
"""A clock line that is high for longer powers the chip down; its fall resets it."""


def nominal_rate_hz(rate_hz: float) -> float:
    """Rate of the data sheet that a rate is nearer to, by ratio: 10 or 80 SPS."""
    middle_hz = math.sqrt(SLOW_RATE_HZ * FAST_RATE_HZ)
    return SLOW_RATE_HZ if rate_hz < middle_hz else FAST_RATE_HZ


def noise_counts_rms(rate_hz: float, gain: int = REFERENCE_GAIN) -> float:
    """Noise of an HX711 that delivers at this rate.

    Parameters
    ----------
    rate_hz : float
        Conversions per second; taken as the nearer of the two rates.
    gain : int
        128, 64 or 32.

    Returns
    -------
    float
        Counts, rms. The data sheet gives nanovolts at the input and gain 128 only; they are taken
        for the other gains too, where a count stands for more of them.
    """
    slow = nominal_rate_hz(rate_hz) == SLOW_RATE_HZ
    counts = NOISE_SLOW_COUNTS if slow else NOISE_FAST_COUNTS
    return counts * gain / REFERENCE_GAIN
