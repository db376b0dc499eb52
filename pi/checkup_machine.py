"""Checks of the computer: Python, packages, libraries of the bank, clock, GPIO, indicator pins."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from contextlib import chdir
from typing import TYPE_CHECKING, Any

from drivers.gpio import keep_pipe_out_of_the_way, open_factory
from pi.checkup import NOT_APPLICABLE, OK, Finding
from pi.checkup_files import is_held
from pi.panels import HARDWARE, has_indicators, wiring_of
from pi.version import RELEASED_ON, version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pi.checkup import Mat

LEAST_PYTHON = (3, 11)

_LIBRARIES: dict[str, tuple[str, ...]] = {
    "simulator": (),
    "replay": (),
    "hx711": ("lgpio", "gpiozero"),
    "adafruit": ("lgpio", "gpiozero", "adafruit_hx711"),
}
"""What each kind of bank imports beside what every daemon does."""

_EVERY_DAEMON = ("numpy", "msgspec", "paho.mqtt.client")
_LINE_IN_USE = 1
"""Flag of lgpio's `gpio_get_line_info`: somebody has this line."""


def python(_mat: Mat) -> Finding:
    """Whether this Python is new enough."""
    return judge_python(sys.version_info[:3])


def judge_python(found: tuple[int, ...]) -> Finding:
    """Judge a version of Python."""
    words = ".".join(map(str, found))
    if found < LEAST_PYTHON:
        least = ".".join(map(str, LEAST_PYTHON))
        return Finding("failed", f"Python {words}", f"install Python {least} or newer")
    return Finding(OK, f"Python {words}")


def packages(_mat: Mat) -> Finding:
    """Whether the packages are as new as this reflexmat asks for."""
    asked = _asked_for()
    return judge_packages(asked, _installed(asked))


def judge_packages(asked: Mapping[str, str], installed: Mapping[str, str]) -> Finding:
    """Judge versions of packages; one that is not installed is for `libraries` to say."""
    old = [
        f"{name} {installed[name]} (asked for: {least})"
        for name, least in asked.items()
        if name in installed and _numbers(installed[name]) < _numbers(least)
    ]
    if old:
        return Finding("failed", f"too old: {', '.join(old)}", "pip install -U 'reflexmat[pi]'")
    found = ", ".join(f"{name} {number}" for name, number in installed.items())
    return Finding(OK, f"reflexmat {version()}; {found or 'not installed as a package'}")


def _asked_for() -> dict[str, str]:
    """Least version of what a mat needs, by name."""
    try:
        lines = importlib.metadata.requires("reflexmat") or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    mine = [line for line in lines if "extra ==" not in line or re.search(r"== .pi\b", line)]
    found = [re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", line) for line in mine]
    return {each[1]: each[2] for each in found if each}


def _installed(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _numbers(version_text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version_text))


def libraries(mat: Mat) -> Finding:
    """Whether everything can be imported that this bank and the link need."""
    kind = mat.config.bank.kind
    names = (*_EVERY_DAEMON, *_LIBRARIES[kind])
    keep_pipe_out_of_the_way()
    with chdir("."):
        missing = [name for name in names if not _loads(mat, name)]
    if missing:
        return Finding("failed", f"missing: {', '.join(missing)}", "pip install 'reflexmat[pi]'")
    return Finding(OK, f"all that a bank of kind {kind} needs")


def _loads(mat: Mat, name: str) -> bool:
    try:
        mat.machine.load(name)
    except ImportError:
        return False
    except Exception:  # noqa: BLE001 - Blinka is imported, but this is no board it knows
        return True
    return True


def clock(mat: Mat) -> Finding:
    """Whether the wall clock can be believed."""
    now = mat.machine.now()
    shown = now.isoformat(" ", "minutes").removesuffix("+00:00") + " UTC"
    advice = "connect it to the network and see timedatectl; the mat warns without it all the same"
    if now.date().isoformat() < RELEASED_ON:
        return Finding("failed", f"{shown} is before this reflexmat was made", advice)
    if not mat.machine.synchronised():
        return Finding("warning", f"{shown}, not synchronised", advice)
    return Finding(OK, f"{shown}, synchronised")


def gpio(mat: Mat) -> Finding:
    """Whether the GPIO chip is there and open to this user, and the pins of the mat are free.

    Nothing is claimed or set: the chip is asked who has each line.
    """
    bank = mat.config.bank
    pins = pins_of(mat)
    if not pins:
        return Finding(NOT_APPLICABLE, f"a bank of kind {bank.kind} without indicators needs none")
    if bank.lines != "lgpio":
        return Finding(NOT_APPLICABLE, f"lines = {bank.lines}: cannot be asked without taking them")
    factory, lgpio = open_factory(bank.chip, mat.machine.load, mat.machine.devices)
    try:
        taken = taken_by(lgpio, factory._handle, pins)  # noqa: SLF001 - no public name
    finally:
        factory.close()
    if is_held(mat.folder / "daemon.lock"):
        return Finding(OK, "the chip is there; the daemon has its pins")
    return judge_pins(taken, len(pins))


def judge_pins(taken: Mapping[int, str], n_pins: int) -> Finding:
    """Judge who has the pins of a mat while no daemon runs."""
    if taken:
        who = ", ".join(f"GPIO {pin} ({user or 'unknown'})" for pin, user in taken.items())
        advice = "end that program or overlay, or choose other pins; gpioinfo shows who has which"
        return Finding("failed", f"taken: {who}", advice)
    return Finding(OK, f"the chip is there, its {n_pins} pins are free")


def pins_of(mat: Mat) -> list[int]:
    """Give the GPIO numbers that a daemon of this mat takes."""
    cells = mat.layout.spec.cell if mat.config.bank.kind in HARDWARE else ()
    pins = {pin for cell in cells for pin in (cell.dout, cell.sck) if pin is not None}
    if has_indicators(mat.config, mat.layout):
        pins |= set(mat.config.indicators.pins.values())
    return sorted(pins)


def taken_by(lgpio: Any, handle: int, pins: Iterable[int]) -> dict[int, str]:  # noqa: ANN401
    """Ask who has these lines; those that nobody has are left out."""
    infos = {pin: lgpio.gpio_get_line_info(handle, pin) for pin in pins}
    return {pin: str(info[4]) for pin, info in infos.items() if info[2] & _LINE_IN_USE}


def indicators(mat: Mat) -> Finding:
    """Whether light, buzzer and button have pins that are theirs alone."""
    if not has_indicators(mat.config, mat.layout):
        return Finding(NOT_APPLICABLE, "this mat has none: it warns on the page only")
    wiring_of(mat.config, mat.layout)
    pins = ", ".join(f"{name} GPIO {pin}" for name, pin in mat.config.indicators.pins.items())
    return Finding(OK, f"{pins}; reflexmat indicators tests them")
