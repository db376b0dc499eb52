"""The Adafruit library as it is shipped, and the private copy that reads right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.frames import VOID
from drivers.adafruit import _signed
from drivers.base import VirtualClock
from drivers.errors import DriverError
from drivers.library import MODULE, load_library
from tests.drivers.hx711_rig import Mat

ROOT = Path(__file__).resolve().parents[2]

AS_SHIPPED = """
from adafruit_hx711.hx711 import HX711
class Pin:
    value = False
try:
    HX711(Pin(), Pin()).read()
except AttributeError as error:
    print(error)
"""


class TestAsShipped:
    def test_cannot_read_on_linux(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", AS_SHIPPED],
            env=os.environ | {"BLINKA_OS_AGNOSTIC": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout == "module 'microcontroller' has no attribute 'disable_interrupts'\n"


class TestPrivateCopy:
    def test_leaves_the_library_and_the_environment_as_they_are(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(sys.modules, MODULE, raising=False)
        before = dict(os.environ)
        copy = load_library(VirtualClock())
        assert MODULE not in sys.modules
        assert copy.__name__ not in sys.modules
        assert dict(os.environ) == before

    def test_keeps_what_somebody_told_blinka(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLINKA_OS_AGNOSTIC", "mine")
        load_library(VirtualClock())
        assert os.environ["BLINKA_OS_AGNOSTIC"] == "mine"

    def test_does_not_touch_a_library_that_is_loaded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        load_library(VirtualClock())
        mine = sys.modules["microcontroller"]
        copy = load_library(VirtualClock())
        assert sys.modules["microcontroller"] is mine
        assert copy.microcontroller is not mine
        assert not hasattr(mine, "disable_interrupts")

    def test_waits_on_the_clock_it_was_given(self) -> None:
        clock = VirtualClock(5.0)
        load_library(clock).time.sleep(0.25)
        assert clock.now_s() == 5.25

    @pytest.mark.parametrize("name", ["microcontroller", "time", "HX711", "read_fast"])
    def test_a_library_without_a_name_it_replaces_is_refused(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = {"microcontroller", "time", "HX711", "read_fast"} - {name}
        module = f"changed_library_without_{name.lower()}"
        (tmp_path / f"{module}.py").write_text("".join(f"{each} = 1\n" for each in names))
        monkeypatch.syspath_prepend(str(tmp_path))
        with pytest.raises(DriverError) as refused:
            load_library(VirtualClock(), module)
        message = str(refused.value)
        assert message.startswith(f"{module} has no {name} any more; install ")
        assert "\n" not in message

    @pytest.mark.parametrize("module", ["no_such_package.hx711", "no_such_module"])
    def test_a_library_that_is_not_installed_is_refused(self, module: str) -> None:
        with pytest.raises(DriverError) as refused:
            load_library(VirtualClock(), module)
        assert str(refused.value) == (
            "adafruit-circuitpython-hx711 is not installed; pip install 'reflexmat[pi]'"
        )


@pytest.mark.parametrize(
    ("widened", "counts"),
    [
        (0, 0),
        (0x7FFFFF, 0x7FFFFF),
        (0xFFFFFFFF, -1),
        (0xFF800000, -0x800000),
        (0xFFFE1DC0, -123_456),
    ],
)
def test_the_sign_comes_back(widened: int, counts: int) -> None:
    assert _signed(widened) == counts


STEP_NS = 50_000_000
STEPS = [0, 1, 123_456, 0x7FFFFE, -1, -123_456, -0x800000, 0x7FFFFF, 0x555555, -0x555556]
STEPS += np.random.default_rng(7).integers(-(2**23), 2**23, 50).tolist()


def staircase(t_ns: int, _gain: int) -> float:
    """Four conversions of each value, the same ones whenever a chip was reset."""
    return float(STEPS[t_ns // STEP_NS % len(STEPS)])


def steps_seen(kind: str) -> list[list[int]]:
    """Values of the stairs that each cell was read at, in order."""
    mat = Mat(n_cells=2, kind=kind, traits={"noise_counts": 0.0})
    for chip in mat.chips:
        chip._signal = staircase
    seen: list[list[int]] = [[], []]
    with mat.bank as bank:
        while mat.clock.t_ns < mat.start_ns + len(STEPS) * STEP_NS - STEP_NS // 2:
            frames = bank.read(0.1)
            assert mat.wrong(frames) == []
            for row, cell in np.argwhere(frames.status & int(VOID) == 0):
                counts = int(frames.counts[row, cell])
                # A frame across a step may be the mean of both.
                if counts in STEPS and counts not in seen[cell][-1:]:
                    seen[cell].append(counts)
    return seen


def test_the_library_and_our_own_driver_read_the_same_words() -> None:
    library, ours = steps_seen("adafruit"), steps_seen("hx711")
    first = Mat().start_ns // STEP_NS % len(STEPS)
    stairs = (STEPS[first:] + STEPS[:first])[12:]
    assert set(STEPS[:10]) & set(stairs)
    for seen in (*library, *ours):
        assert seen[-len(stairs) :] == stairs
