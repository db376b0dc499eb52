"""Lines of this machine: opened, or refused in one line that says what to do."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from gpiozero import LED, Device, GPIODeviceError

from drivers.errors import DriverError
from drivers.gpio import keep_pipe_out_of_the_way, open_factory, open_lines, open_slowly
from tests.drivers.hx711_rig import FakeLgpio, HandleFactory, Mat

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.chip_board import Board
    from drivers.lines import Lines

ROOT = Path(__file__).resolve().parents[2]


class Lgpio(FakeLgpio):
    """With the chips of a Raspberry Pi 5."""

    labels: tuple[str, ...] = ("pinctrl-rp1", "brcmvirt-gpio")
    opened: int | None = None

    def gpio_get_chip_info(self, _handle: int) -> list[object]:
        assert self.opened is not None
        return [0, 54, f"gpiochip{self.opened}", self.labels[self.opened]]


class Factory(HandleFactory):
    """With the chip that it opened."""

    def __init__(self, board: Board, chip: int) -> None:
        super().__init__(board)
        self.chip, self.is_closed, self.is_gone = chip, False, False

    def close(self) -> None:
        self.is_closed = True
        super().close()
        if self.is_gone:
            raise FakeLgpio.error("unknown handle")


@dataclass
class Machine:
    """A machine on paper: its libraries and its folder of devices."""

    devices: Path
    missing: str = ""
    factories: list[Factory] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mat = Mat(n_cells=3)
        self.lgpio = Lgpio(self.mat.board)
        (self.devices / "gpiochip0").touch()

    def load(self, name: str) -> object:
        if name == self.missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == "gpiozero.pins.lgpio":
            return SimpleNamespace(LGPIOFactory=self.factory)
        return self.lgpio if name == "lgpio" else importlib.import_module(name)

    def factory(self, chip: int | None) -> Factory:
        number = chip or 0
        if number >= len(self.lgpio.labels):
            raise self.lgpio.error("can not open gpiochip")
        self.lgpio.opened = number
        factory = Factory(self.mat.board, number)
        self.factories.append(factory)
        return factory

    def open(self, chip: int | None = None) -> Lines:
        return open_lines(self.mat.wiring, chip, self.load, self.devices)

    def refusal(self, chip: int | None = None) -> str:
        with pytest.raises(DriverError) as refused:
            self.open(chip)
        message = str(refused.value)
        assert "\n" not in message
        return message


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("LG_WD", str(tmp_path))
    return Machine(tmp_path)


class TestOpens:
    def test_lines_that_drive_the_chips(self, machine: Machine) -> None:
        lines = machine.open()
        lines.write(0b111, 1)
        machine.mat.clock.t_ns += 100_000
        lines.write(0b111, 0)
        assert [chip.tally.power_downs for chip in machine.mat.chips] == [1, 1, 1]
        assert lines.read() == 0b111

    def test_closing_them_gives_the_chip_back_for_the_next_time(self, machine: Machine) -> None:
        for _ in range(3):
            machine.open().close()
        assert [factory.is_closed for factory in machine.factories] == [True, True, True]

    def test_the_chip_that_is_asked_for(self, machine: Machine) -> None:
        machine.lgpio.labels = ("raspberrypi-exp-gpio", "pinctrl-bcm2711")
        machine.open(1)
        assert machine.lgpio.opened == 1

    def test_one_chip_that_may_be_used_is_enough(self, machine: Machine) -> None:
        (machine.devices / "gpiochip1").touch()
        factory, lgpio = open_factory(
            None, machine.load, machine.devices, lambda path, _: path.name == "gpiochip0"
        )
        assert (factory, lgpio) == (machine.factories[0], machine.lgpio)


class TestRefuses:
    def test_a_machine_without_gpio(self, machine: Machine) -> None:
        (machine.devices / "gpiochip0").unlink()
        message = machine.refusal()
        assert message.startswith("no GPIO on this machine: cells need a Raspberry Pi; ")
        assert 'kind = "simulator" or "replay"' in message

    def test_a_gpio_chip_of_another_machine(self, machine: Machine) -> None:
        machine.factory = _raiser(OSError("unable to locate Pi revision in /proc/cpuinfo"))  # type: ignore[method-assign]
        assert machine.refusal().startswith("no GPIO on this machine")

    def test_no_permission(self, machine: Machine) -> None:
        asked = []

        def may_open(path: Path, mode: int) -> bool:
            asked.append((path, mode))
            return False

        with pytest.raises(DriverError) as refused:
            open_lines(machine.mat.wiring, None, machine.load, machine.devices, may_open)
        device = machine.devices / "gpiochip0"
        assert asked == [(device, os.R_OK | os.W_OK)]
        assert str(refused.value) == (
            f"no permission for {device}: add this user to the group gpio "
            "(sudo usermod -aG gpio $USER) and sign in again"
        )
        assert not machine.factories

    @pytest.mark.parametrize("name", ["lgpio", "gpiozero.pins.lgpio"])
    def test_a_library_that_is_missing(self, machine: Machine, name: str) -> None:
        machine.missing = name
        assert machine.refusal() == f"{name} is not installed; pip install 'reflexmat[pi]'"

    def test_a_chip_that_is_not_the_header(self, machine: Machine) -> None:
        message = machine.refusal(1)
        assert message.startswith("gpiochip1 is 'brcmvirt-gpio', not the 40-pin header; ")
        assert message.endswith(
            "(on a Pi 5 the header is pinctrl-rp1), give its number as [bank] chip"
        )
        assert machine.lgpio.groups == {}
        assert machine.factories[0].is_closed

    @pytest.mark.parametrize("chip", [4, None])
    def test_a_chip_that_cannot_be_opened(self, machine: Machine, chip: int | None) -> None:
        machine.lgpio.labels = ()
        named = "the GPIO chip" if chip is None else "gpiochip4"
        message = machine.refusal(chip)
        assert message.startswith(f"{named} cannot be opened: can not open gpiochip; ")
        assert "[bank] chip" in message

    def test_a_chip_that_says_nothing_about_itself(self, machine: Machine) -> None:
        machine.lgpio.gpio_get_chip_info = _raiser(machine.lgpio.error("unknown handle"))  # type: ignore[method-assign]
        message = machine.refusal()
        assert message.startswith("the GPIO chip cannot be opened: unknown handle; ")
        assert machine.factories[0].is_closed

    def test_pins_that_another_program_has(self, machine: Machine) -> None:
        machine.lgpio.busy = (machine.mat.wiring.dout[2],)
        message = machine.refusal()
        assert message.startswith("a pin of the cells cannot be had: GPIO busy; ")
        assert "gpioinfo" in message
        assert machine.factories[0].is_closed
        assert machine.lgpio.groups == {}

    def test_a_pin_that_a_light_of_this_program_has(self, machine: Machine) -> None:
        factory = machine.factory(None)
        machine.factory = lambda chip: factory  # type: ignore[method-assign]
        with LED(machine.mat.wiring.sck[1], pin_factory=factory):
            message = machine.refusal()
        assert f"GPIO{machine.mat.wiring.sck[1]} is already in use" in message
        assert message.endswith("give each part pins of its own")
        assert machine.lgpio.groups == {}
        assert factory.is_closed

    def test_slow_lines_whose_pin_is_in_use(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        factory = machine.mat.factory
        monkeypatch.setattr(Device, "pin_factory", factory)
        with (
            LED(machine.mat.wiring.dout[1], pin_factory=factory),
            pytest.raises(DriverError, match="give each part pins of its own") as refused,
        ):
            open_slowly(machine.mat.wiring)
        assert "\n" not in str(refused.value)
        open_slowly(machine.mat.wiring).close()

    def test_slow_lines_where_gpiozero_finds_no_pins(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Device, "pin_factory", None)
        monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-of-that-name")
        with pytest.raises(DriverError, match="no GPIO on this machine"):
            open_slowly(machine.mat.wiring)


class TestInUse:
    def test_lines_that_go_are_a_driver_error(self, machine: Machine) -> None:
        lines = machine.open()
        machine.lgpio.gone = True
        with pytest.raises(DriverError, match="the clock lines cannot be set: unknown handle"):
            lines.write(1, 1)
        with pytest.raises(DriverError, match="the data lines cannot be read: unknown handle"):
            lines.read()

    def test_lines_that_have_gone_can_be_closed(self, machine: Machine) -> None:
        lines = machine.open()
        machine.lgpio.gone = machine.factories[0].is_gone = True
        machine.lgpio.group_free = _raiser(machine.lgpio.error("unknown handle"))  # type: ignore[method-assign]
        lines.close()
        assert machine.factories[0].is_closed
        assert not any(machine.factories[0]._reservations.values())


class TestPipeOfLgpio:
    def test_stays_where_somebody_has_put_it(self) -> None:
        environment = {"LG_WD": "/somewhere", "RUNTIME_DIRECTORY": "/run/mat"}
        keep_pipe_out_of_the_way(environment)
        assert environment["LG_WD"] == "/somewhere"

    def test_of_a_service_goes_to_its_runtime_directory(self) -> None:
        environment = {"RUNTIME_DIRECTORY": "/run/mat"}
        keep_pipe_out_of_the_way(environment)
        assert environment["LG_WD"] == "/run/mat"

    def test_goes_to_a_folder_that_is_gone_at_exit(self, tmp_path: Path) -> None:
        """The real library, in a program of its own: it leaves nothing and moves nobody."""
        (tmp_path / "gpiochip0").touch()
        program = (
            "import os, pathlib, sys\n"
            "from drivers.errors import DriverError\n"
            "from drivers.gpio import open_factory\n"
            "try:\n"
            "    open_factory(devices=pathlib.Path.cwd())\n"
            "except DriverError:\n"
            "    pass\n"
            "assert 'lgpio' in sys.modules\n"
            "print(os.environ['LG_WD'], *os.listdir(os.environ['LG_WD']), os.getcwd(), sep='\\n')\n"
        )
        environment = {
            name: text
            for name, text in os.environ.items()
            if name not in ("LG_WD", "RUNTIME_DIRECTORY")
        }
        done = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", program],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        folder, pipe, working = done.stdout.splitlines()
        assert Path(folder).name.startswith("reflexmat-lg-")
        assert pipe.startswith(".lgd-nfy")
        assert working == str(tmp_path)
        assert done.stderr == ""
        assert [each.name for each in tmp_path.iterdir()] == ["gpiochip0"]


def _raiser(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_gpiozero_calls_a_pin_in_use_a_device_error() -> None:
    """What `open_lines` catches is the base of it."""
    gpiozero = importlib.import_module("gpiozero")
    assert issubclass(gpiozero.GPIOPinInUse, GPIODeviceError)
    assert issubclass(GPIODeviceError, gpiozero.GPIOZeroError)
