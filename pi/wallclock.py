"""Whether the wall clock of this machine can be believed: a Pi has none that runs on."""

from __future__ import annotations

import ctypes

_TIME_ERROR = 5
# struct timex is 208 bytes on 64-bit Linux; all zero asks and changes nothing.
_TIMEX_BYTES = 512


def clock_synchronised() -> bool:
    """Ask the kernel whether something keeps its clock right; False where it cannot tell."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return False
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return 0 <= state < _TIME_ERROR
