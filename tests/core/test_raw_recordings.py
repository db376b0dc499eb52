"""Raw recordings: the same frames back, and one line for whatever is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration import CalibrationSpec, CellCalibration
from core.errors import RecordingError
from core.frames import CellFrames, Status
from core.layout import load_layout
from core.raw_head import RawHead, raw_head
from core.raw_recordings import RawRecording, raw_rows, read_raw, sniff
from core.units import to_us

HEAD = RawHead("x", "0123456789abcdef", 2, 80.0, 128, "simulator")
LINES = [*raw_head(HEAD)]
ROW = "0,1.000000,,,,5,-6\n"
NAMES = ("seq", "counts", "status", "age_s", "lost")


@st.composite
def frames(draw: st.DrawFn) -> CellFrames:
    n = draw(st.integers(1, 12))
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    shape = (n, 2)
    status = rng.choice([0, 0, 0, 1, 8, 32, 256, 511, 4 | 64], shape).astype(np.uint16)
    void = status & int(Status.TIMEOUT) != 0
    age_s = np.where(void, np.inf, rng.choice([0.0, 0.0, 0.0125, 1 / 93], shape))
    counts = rng.integers(-(2**23), 2**23, shape, dtype=np.int32)
    counts[void] = rng.integers(-(2**31), 2**31 - 1)
    return CellFrames(
        seq=np.cumsum(rng.integers(1, 4, n)) - 1,
        t_s=(rng.integers(-(10**7), 10**12) + np.cumsum(rng.integers(1, 10**7, n))) / 1e6,
        counts=counts,
        status=status,
        age_s=age_s.astype(np.float32),
        lost=rng.choice([0, 0, 1, 2**31 - 1], shape).astype(np.int32),
    )


def assert_equal(one: CellFrames, other: CellFrames) -> None:
    for name in NAMES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(other, name).dtype
    np.testing.assert_array_equal(to_us(one.t_s), to_us(other.t_s))


@given(given_frames=frames(), block_rows=st.integers(1, 5))
def test_what_was_written_is_read(given_frames: CellFrames, block_rows: int) -> None:
    recording = read_raw([*LINES, *raw_rows(given_frames)], "r.csv", block_rows)
    blocks = list(recording.blocks)
    assert {len(block) for block in blocks[:-1]} <= {block_rows}
    names = ("seq", "t_s", "counts", "status", "age_s", "lost")
    read = CellFrames(*(np.concatenate([getattr(b, name) for b in blocks]) for name in names))
    assert_equal(read, given_frames)


SPEC = CalibrationSpec("h", "2024-05-01", (CellCalibration(1.5, 2.0), CellCalibration(3.0, -4.0)))


@pytest.mark.parametrize("calibration", [None, SPEC])
def test_the_head_comes_back(calibration: CalibrationSpec | None) -> None:
    head = replace(HEAD, rate_hz=93.7, gain=64, calibration=calibration)
    assert read_raw([*raw_head(head), ROW], "r.csv").head == head


def test_a_head_that_cannot_be_a_line_is_refused() -> None:
    with pytest.raises(RecordingError, match="cannot be a '# key: value' line"):
        list(raw_head(replace(HEAD, source="a\nb")))


def changed(old: str, new: str) -> list[str]:
    text = "".join([*LINES, ROW, "1,2.000000,,,,7,8\n"])
    assert old in text
    return text.replace(old, new, 1).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("# gain: 128\n", "", 6, "no '# gain:' line"),
        ("# gain: 128", "# gain: 100", 5, "gain: '100' is none of (128, 64, 32)"),
        ("# rate_hz: 80.0", "# rate_hz: fast", 4, "rate_hz: 'fast' is no rate"),
        ("# rate_hz: 80.0", "# rate_hz: 0", 4, "is no rate"),
        ("# rate_hz: 80.0", "# gain: 64", 5, "'gain' is given twice"),
        ("# source", "# calibration: {\n# source", 6, "calibration: "),
        ("# source", "# calibration: " + "[" * 99999 + "\n# source", 6, "calibration: "),
        ("seq,t_s", "t_s,seq", 7, "the header is not seq,t_s,status,age_s,lost"),
        (",c1,c2", ",c2,c1", 7, "the header is not"),
        (",c1,c2", "", 7, "the header is not"),
        ("1,2.000000", "0,2.000000", 9, "seq: 0 does not come after 0"),
        ("2.000000", "1.000000", 9, "t_s: 1000000 us does not come after 1000000"),
        ("2.000000", "1e99", 9, "t_s: '1e99' is no time"),
        ("2.000000", "nan", 9, "t_s: 'nan' is no time"),
        (",7,8", ",7", 9, "6 fields, 7 columns"),
        (",7,8", ",7,", 9, "c2: '' is no number"),
        (",7,8", ",7,8.0", 9, "c2: '8.0' is no number"),
        (",7,8", ",7,2147483648", 9, "c2: '2147483648' is no number"),
        (",7,8", ",7,8388608", 9, "c2: 8388608 is beyond 24 bits"),
        (",,,,7", ",1,,,7", 9, "status: 1 values, 2 cells"),
        (",,,,7", ",1 512,,,7", 9, "status: '512' is no number from 0 to 511"),
        (",,,,7", ",,1 -1,,7", 9, "age_s: '1 -1' are no ages"),
        (",,,,7", ",,1 nan,,7", 9, "age_s: '1 nan' are no ages"),
        (",,,,7", ",,,1 -1,7", 9, "lost: '-1' is no number"),
        ("7,8\n", "7,8", 9, "cut short, no line end"),
        ("7,8\n", "7,8\n\n", 10, "1 fields, 7 columns"),
        ("7,8\n", "7,8\n\0\0\0\n", 10, "1 fields, 7 columns"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_line(
    old: str, new: str, line: int, words: str
) -> None:
    with pytest.raises(RecordingError) as caught:
        list(read_raw(changed(old, new), "r.csv").blocks)
    said = str(caught.value)
    assert said.startswith(f"r.csv: line {line}: ")
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (LINES, "line 7: no rows after the header"),
        (LINES[:3], "line 4: the file ends before the header"),
        ([], "line 1: the file ends before the header"),
    ],
)
def test_a_file_without_frames_is_refused(lines: list[str], words: str) -> None:
    with pytest.raises(RecordingError, match=words):
        read_raw(lines, "r.csv")


def test_frames_before_a_damaged_line_are_given_first() -> None:
    recording = read_raw([*LINES, ROW, "1,2.0,,,,7,8"], "r.csv")
    assert len(next(recording.blocks)) == 1
    with pytest.raises(RecordingError, match="line 9: cut short"):
        next(recording.blocks)


def test_a_first_line_that_is_damaged_is_refused_at_once() -> None:
    with pytest.raises(RecordingError, match="line 8: cut short"):
        read_raw([*LINES, ROW[:-1]], "r.csv")


def test_counts_of_a_void_reading_may_be_anything() -> None:
    recording = read_raw([*LINES, "0,1.0,1 0,inf 0.0,,-2147483648,5\n"], "r.csv")
    (block,) = recording.blocks
    assert block.counts.tolist() == [[-(2**31), 5]]


@pytest.mark.parametrize(
    ("lines", "raw"),
    [
        (LINES, True),
        (["\ufeff# kind: raw\n", *LINES[1:]], True),
        (["# layout: full16\n", "t_s,a_n\n", "# kind: raw\n"], False),
        ([], False),
    ],
)
def test_sniffing_says_which_kind_and_loses_no_line(lines: list[str], raw: bool) -> None:
    found, rest = sniff(lines)
    assert found == raw
    assert list(rest) == lines


def of(layout_name: str, calibration: CalibrationSpec | None) -> RawRecording:
    layout = load_layout(layout_name)
    n_cells = len(layout.spec.cell)
    head = RawHead(layout.spec.id, layout.hash, n_cells, 80.0, 128, "simulator", calibration)
    row = "0,1.0,,,," + ",".join(["5"] * n_cells) + "\n"
    return read_raw([*raw_head(head), row], "r.csv")


def test_another_layout_is_refused() -> None:
    recording = of("full16", None)
    recording.check_layout(load_layout("full16"))
    with pytest.raises(RecordingError, match=r"r\.csv: recorded with layout full16 \(.*starter8"):
        recording.check_layout(load_layout("starter8"))


def test_its_calibration_makes_newtons_or_is_missed() -> None:
    layout = load_layout("full16")
    spec = CalibrationSpec(layout.hash, "2024-05-01", (CellCalibration(1.0, 4000.0),) * 16)
    assert of("full16", spec).calibration(layout).spec == spec
    with pytest.raises(RecordingError, match=r"r\.csv: raw counts without a calibration"):
        of("full16", None).calibration(layout)
    with pytest.raises(RecordingError, match=r"r\.csv: the calibration is for layout h"):
        of("full16", SPEC).calibration(layout)
