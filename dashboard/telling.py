"""How times and browsers are told on pages."""

from __future__ import annotations

import time

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, and what people call it; the first that fits."""


def when(wall_s: float) -> str:
    """Tell a time, s since 1970, as the computer of the dashboard has it."""
    then = time.localtime(wall_s)
    return f"{time.strftime('%a', then)} {then.tm_mday} {time.strftime('%B %Y, %H:%M', then)}"


def browser(agent: str) -> str:
    """Tell which browser it is, as far as it says."""
    name = next((word for mark, word in BROWSERS if mark in agent), "A browser")
    system = next((word for mark, word in SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name


def several(n: int, thing: str) -> str:
    """Tell a number of things: `1 day`, `2 days`."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def size(n_bytes: int) -> str:
    """Tell a size, decimal: `0.3 MB`, `120 MB`, `4.5 GB`."""
    mb = n_bytes / 1e6
    if mb >= 1000:
        return f"{mb / 1000:.1f} GB"
    return f"{mb:.0f} MB" if mb >= 10 else f"{mb:.1f} MB"
