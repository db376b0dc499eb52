"""Clock and data lines: which pin is what, and what the two back ends do with the pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from gpiozero import LED, GPIOPinInUse

from core.layout import MatLayout, load_layout
from drivers.errors import DriverError
from drivers.lgpio_lines import LgpioLines
from drivers.lines import Wiring
from tests.drivers.hx711_rig import DOUT, OWN_SCK, Mat, layout_of

if TYPE_CHECKING:
    from drivers.lines import Lines

BACK_ENDS = ("lgpio", "gpiozero")


def layout_with_sck(*sck: int) -> MatLayout:
    spec = layout_of(len(sck), shared=False).spec
    cells = (
        msgspec.structs.replace(cell, sck=pin) for cell, pin in zip(spec.cell, sck, strict=True)
    )
    return MatLayout(msgspec.structs.replace(spec, cell=tuple(cells)))


class TestWiring:
    def test_own_clock_lines(self) -> None:
        wiring = Wiring.of(layout_of(3, shared=False))
        assert wiring == Wiring(DOUT[:3], OWN_SCK[:3], (0, 1, 2))
        assert wiring.cells == (0b001, 0b010, 0b100)
        assert not wiring.shared

    def test_one_shared_clock_line(self) -> None:
        wiring = Wiring.of(layout_of(3, shared=True))
        assert wiring == Wiring(DOUT[:3], (4,), (0, 0, 0))
        assert wiring.cells == (0b111,)
        assert wiring.shared

    def test_mixed_groups_come_in_the_order_of_their_first_cell(self) -> None:
        wiring = Wiring.of(layout_with_sck(22, 4, 22, 17, 4))
        assert wiring.sck == (22, 4, 17)
        assert wiring.group_of == (0, 1, 0, 2, 1)
        assert wiring.cells == (0b00101, 0b10010, 0b01000)
        assert wiring.shared

    def test_every_cell_is_in_one_group(self) -> None:
        wiring = Wiring.of(layout_with_sck(4, 22, 17, 22, 4, 4))
        assert sum(wiring.cells) == 0b111111

    def test_cells_without_pins_are_refused_in_one_line(self) -> None:
        with pytest.raises(DriverError) as refused:
            Wiring.of(load_layout("insole16"))
        assert str(refused.value) == (
            "layout insole16: cell 1 has no pins; "
            "give each cell dout and sck, or play it with a simulator"
        )


@pytest.fixture(params=BACK_ENDS)
def mat(request: pytest.FixtureRequest) -> Mat:
    return Mat(n_cells=4, back_end=request.param)


@pytest.fixture
def lines(mat: Mat) -> Lines:
    return mat.open_lines(mat.wiring)


def levels_of_sck(mat: Mat) -> list[int]:
    return [chip._sck for chip in mat.chips]


class TestLines:
    def test_clock_lines_begin_low(self, mat: Mat, lines: Lines) -> None:
        assert levels_of_sck(mat) == [0, 0, 0, 0]
        lines.close()

    def test_a_masked_write_touches_only_its_groups(self, mat: Mat, lines: Lines) -> None:
        lines.write(0b0101, 1)
        assert levels_of_sck(mat) == [1, 0, 1, 0]
        lines.write(0b1001, 1)
        assert levels_of_sck(mat) == [1, 0, 1, 1]
        lines.write(0b0110, 0)
        assert levels_of_sck(mat) == [1, 0, 0, 1]
        lines.write(0, 1)
        assert levels_of_sck(mat) == [1, 0, 0, 1]

    def test_bit_i_of_a_read_is_cell_i(self, mat: Mat, lines: Lines) -> None:
        mat.clock.t_ns += 10**9
        assert lines.read() == 0b0000
        # Ready chips whose clock rises show their first bit, then ones to the end.
        for _ in range(25):
            lines.write(0b0010, 1)
            lines.write(0b0010, 0)
        assert lines.read() == 0b0010

    def test_pull_ups_are_asked_for(self, mat: Mat, lines: Lines) -> None:
        if mat.back_end == "gpiozero":
            assert {mat.factory.pin(number).pull for number in mat.wiring.dout} == {"up"}
        else:
            # The lgpio on paper takes no inputs without them.
            assert mat.lgpio.groups[mat.wiring.dout[0]] == mat.wiring.dout
        assert lines.read() >= 0

    def test_close_leaves_the_clock_low_and_may_be_repeated(self, mat: Mat, lines: Lines) -> None:
        lines.write(0b1111, 1)
        lines.close()
        lines.close()
        assert levels_of_sck(mat) == [0, 0, 0, 0]
        assert mat.lgpio.groups == {}

    def test_closed_pins_are_free_for_others(self, mat: Mat, lines: Lines) -> None:
        lines.close()
        for number in (*mat.wiring.sck, *mat.wiring.dout):
            with LED(number, pin_factory=mat.factory) as led:
                assert led.pin.info.name == f"GPIO{number}"
        mat.open_lines(mat.wiring).close()

    def test_pins_in_use_are_refused_to_others(self, mat: Mat, lines: Lines) -> None:
        for number in (*mat.wiring.sck, *mat.wiring.dout):
            with pytest.raises(GPIOPinInUse):
                LED(number, pin_factory=mat.factory)
        with pytest.raises(GPIOPinInUse):
            mat.open_lines(mat.wiring)
        assert lines.read() >= 0

    @pytest.mark.parametrize("at", ["sck", "dout"])
    def test_a_pin_of_a_light_is_refused_and_nothing_is_held(self, mat: Mat, at: str) -> None:
        number = getattr(mat.wiring, at)[-1]
        with LED(number, pin_factory=mat.factory) as led:
            with pytest.raises(GPIOPinInUse, match=f"GPIO{number} is already in use"):
                mat.open_lines(mat.wiring)
            led.on()
            assert mat.lgpio.groups == {}
        mat.open_lines(mat.wiring).close()

    @pytest.mark.parametrize("at", ["sck", "dout"])
    def test_a_claim_that_fails_half_way_is_undone(self, at: str) -> None:
        mat = Mat(n_cells=4)
        mat.lgpio.busy = (getattr(mat.wiring, at)[2],)
        with pytest.raises(mat.lgpio.error, match="GPIO busy"):
            LgpioLines(mat.wiring, mat.factory, mat.lgpio)
        assert mat.lgpio.groups == {}
        with LED(mat.wiring.sck[0], pin_factory=mat.factory) as led:
            assert not led.is_lit
        mat.lgpio.busy = ()
        mat.open_lines(mat.wiring).close()
