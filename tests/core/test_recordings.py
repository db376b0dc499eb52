"""Recordings: what is written is read back; what is not a recording is refused, with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import RecordingError
from core.layout import load_layout
from core.recording_rows import parse_plain, parse_strictly
from core.recordings import Recording, read_recording
from core.recordings import write_recording as write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

HEAD = ["# layout: x\n", "# rate_hz: 10\n", "t_s,a_n,b_n\n"]
NAN = float("nan")


def read_all(
    lines: Iterable[str], block_rows: int = 4096
) -> tuple[Recording, NDArray[np.float64], NDArray[np.float64]]:
    recording = read_recording(lines, "f.csv", block_rows)
    blocks = list(recording.blocks)
    t_s = np.concatenate([block.t_s for block in blocks])
    return recording, t_s, np.concatenate([block.force_n for block in blocks])


def refused(lines: Iterable[str], block_rows: int = 4096) -> str:
    with pytest.raises(RecordingError) as caught:
        read_all(lines, block_rows)
    return str(caught.value)


def test_reads_meta_zones_times_and_forces() -> None:
    lines = [*HEAD, "0.0,1.5,2\n", "0.1,,-3e0\n", "0.2,4,\n", "0.3,,\n"]
    recording, t_s, force_n = read_all(lines)
    assert recording.meta == {"layout": "x", "rate_hz": "10"}
    assert recording.zone_ids == ("a", "b")
    assert recording.rate_hz == 10.0
    assert t_s.tolist() == [0.0, 0.1, 0.2, 0.3]
    np.testing.assert_array_equal(force_n, [[1.5, 2], [NAN, -3], [4, NAN], [NAN, NAN]])
    assert t_s.dtype == force_n.dtype == np.float64


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_line_ends_byte_order_mark_remarks_and_blank_end(end: str) -> None:
    text = ["\ufeff# a remark", "# k: v: w", "t_s,a_n", "0,1", "0.5,2", "", ""]
    recording, _, force_n = read_all((line + end for line in text), block_rows=2)
    assert recording.meta == {"k": "v: w"}
    assert recording.rate_hz == 2.0
    assert force_n.tolist() == [[1.0], [2.0]]


def test_rate_is_that_of_the_median_period() -> None:
    recording, *_ = read_all(["t_s,a_n", "0,1", "0.01,1", "0.02,1", "0.08,1"])
    assert recording.rate_hz == pytest.approx(100.0)


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "1e999", "fast", "", "1_0"])
def test_refuses_a_rate_that_is_none(rate: str) -> None:
    text = refused(["# layout: x", f"# rate_hz: {rate}", "t_s,a_n", "0,1", "1,1"])
    assert text.startswith(f"f.csv: line 2: rate_hz {rate!r}")


def test_refuses_one_row_without_a_rate() -> None:
    assert "line 1: one row and no '# rate_hz" in refused(["t_s,a_n", "0,1"])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: no header"),
        (["# k: v\n"], "line 2: the file ends before the header"),
        (["# k: v", "# k: w"], "line 2: 'k' is given twice"),
        (["\x00\x01\ufffd" * 30], "line 1: no header: no column t_s in '\\x00\\x01\\ufffd"),
        (["time,a_n"], "line 1: no header: no column t_s in 'time,a_n'"),
        (["a_n,t_s"], "line 1: the header is not t_s and then a column for each zone"),
        (["t_s"], "line 1: the header is not t_s"),
        (["t_s,a_kg"], "line 1: column 'a_kg' does not end in _n"),
        (["t_s,_n"], "line 1: column '_n' does not end in _n"),
        (["t_s,a_n,a_n"], "line 1: column 'a_n' is there twice"),
        (["t_s,t_s"], "line 1: column 't_s' is there twice"),
        (["t_s,a_n"], "line 1: no rows after the header"),
        (["t_s,a_n", "", ""], "line 1: no rows after the header"),
    ],
)
def test_refuses_a_head(lines: list[str], message: str) -> None:
    text = refused(lines)
    assert text.startswith(f"f.csv: {message}")
    assert text.isprintable()


@pytest.mark.parametrize("block_rows", [1, 2, 3, 4096])
@pytest.mark.parametrize("row_before", ["0.5,1,1", "0.5,+1,1"])
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2", "2 fields, 3 columns"),
        ("1,2,3,4", "4 fields, 3 columns"),
        ("1,x,3", "a_n: 'x' is not a number"),
        ("1,nan,3", "a_n: 'nan' is not a number"),
        ("1,2,NaN", "b_n: 'NaN' is not a number"),
        ("1,null,3", "a_n: 'null' is not a number"),
        ("1,-inf,3", "a_n: '-inf' is not a number"),
        ("1,Infinity,3", "a_n: 'Infinity' is not a number"),
        ("1,1_000,3", "a_n: '1_000' is not a number"),
        ("1,0x10,3", "a_n: '0x10' is not a number"),
        ("1, ,3", "a_n: ' ' is not a number"),
        ("1, 2,3", "a_n: ' 2' is not a number"),
        ("1,2,3\x00", "b_n: '3\\x00' is not a number"),
        ("1,\u0661,3", "a_n: '\\u0661' is not a number"),
        ("1,2-3,3", "a_n: '2-3' is not a number"),
        ("1,1e,3", "a_n: '1e' is not a number"),
        ("1,-,3", "a_n: '-' is not a number"),
        ('1,"2",3', "a_n: '\"2\"' is not a number"),
        ("nan,2,3", "t_s: 'nan' is not a number"),
        (",2,3", "t_s is empty"),
        ("1e400,2,3", "t_s: inf is no time in seconds"),
        ("2e10,2,3", "t_s: 2e+10 is no time in seconds"),
        ("0.4,2,3", "t_s: 0.4 does not come after 0.5"),
        ("0.5,2,3", "t_s: 0.5 does not come after 0.5"),
        ("0.5000001,2,3", "t_s: 0.5000001 does not come after 0.5"),
        ("1,-50.01,3", "a_n: -50.01 N is no force of a foot"),
        ("1,2,20000.1", "b_n: 20000.1 N is no force of a foot"),
        ("1,2,1e999", "b_n: inf N is no force of a foot"),
        ("", "a blank line between rows"),
        ("# late: remark", "1 fields, 3 columns"),
    ],
)
def test_refuses_a_row_by_its_line(row: str, reason: str, row_before: str, block_rows: int) -> None:
    lines = [*HEAD, "0,1,1", row_before, row, "1.5,1,1", "bad"]
    assert refused(lines, block_rows) == f"f.csv: line 6: {reason}"


def test_names_the_first_of_two_faults() -> None:
    assert "line 5: t_s" in refused([*HEAD, "1,1,1", "1,1,1", "2,x,1"])
    assert "line 5: b_n" in refused([*HEAD, "1,1,1", "2,x,x".replace("x", "1", 1), "0,1,1"])


def test_takes_the_limits_themselves() -> None:
    _, t_s, force_n = read_all([*HEAD, "-5,-50,20000", "1e10,.5,5."])
    assert t_s.tolist() == [-5.0, 1e10]
    assert force_n.tolist() == [[-50.0, 20000.0], [0.5, 5.0]]


def test_streams_without_reading_ahead() -> None:
    taken = 0

    def lines() -> Iterable[str]:
        nonlocal taken
        yield "t_s,a_n"
        for taken in range(1000):
            yield f"{taken},1"

    recording = read_recording(lines(), "f.csv", block_rows=10)
    assert taken == 9
    assert len(next(recording.blocks).t_s) == 10
    assert taken == 9
    next(recording.blocks)
    assert taken == 19


def test_columns_for_a_layout() -> None:
    layout = load_layout("full16")
    names = [f"{zone}_n" for zone in reversed(layout.zone_ids)]
    rows = [",".join(["0", *"1" * 16]), ",".join(["1", *"2" * 16])]
    recording, *_ = read_all([",".join(["t_s", *names]), *rows])
    assert recording.columns_for(layout).tolist() == list(range(15, -1, -1))
    fewer, *_ = read_all(
        ["# k: v", ",".join(["t_s", *names[2:]]), "0" + ",1" * 14, "1" + ",1" * 14]
    )
    with pytest.raises(RecordingError, match="line 2: no column for r_heel_med, r_heel_lat of"):
        fewer.columns_for(layout)
    with pytest.raises(RecordingError, match="line 3: a, b: no such zone in layout full16"):
        read_all([*HEAD, "0,1,1"])[0].columns_for(layout)


FORCES = st.none() | st.floats(-50, 20_000) | st.integers(0, 100_000).map(lambda cn: cn / 100)
META = st.dictionaries(
    st.text(st.characters(categories=["L", "N"]), min_size=1), st.text().map(str.strip)
).map(lambda meta: {k: v for k, v in meta.items() if v.isprintable()})


@given(
    meta=META,
    steps_us=st.lists(st.integers(1, 10_000_000), min_size=2, max_size=40),
    data=st.data(),
    block_rows=st.integers(1, 50),
)
def test_round_trip(
    meta: dict[str, str], steps_us: list[int], data: st.DataObject, block_rows: int
) -> None:
    t_s = np.cumsum(steps_us) / 1e6
    rows = st.lists(st.tuples(FORCES, FORCES), min_size=len(t_s), max_size=len(t_s))
    force_n = np.array(data.draw(rows), float)
    cut = data.draw(st.integers(0, len(t_s)))
    blocks = [(t_s[:cut], force_n[:cut]), (t_s[cut:], force_n[cut:])]
    recording, t_back_s, force_back_n = read_all(write(meta, ("a", "b"), blocks), block_rows)
    assert recording.meta == meta
    np.testing.assert_array_equal(t_back_s, t_s)
    np.testing.assert_array_equal(force_back_n, force_n)


@given(st.lists(st.text("0123456789.,-+eE naif_x\x00", max_size=12), min_size=1, max_size=4))
@example(["1,,"])
@example([",,", "1,2,3"])
@example(["01,+2,.5"])
def test_the_fast_parser_never_takes_what_the_strict_one_refuses(rows: list[str]) -> None:
    fast = parse_plain(rows, 3)
    strict, fault = parse_strictly(rows, ("a", "b"))
    if fast is not None:
        assert fault == ""
        np.testing.assert_array_equal(fast, strict)


@pytest.mark.parametrize(
    "meta", [{"a:b": "c"}, {"a": "b\nc"}, {" a": "b"}, {"a": "b "}, {"a": "\x85"}]
)
def test_does_not_write_meta_that_cannot_be_read(meta: dict[str, str]) -> None:
    with pytest.raises(RecordingError, match="cannot be a '# key: value' line"):
        list(write(meta, ("a",), []))


@pytest.mark.parametrize("zones", [(), ("a", "a"), ("a,b",), ("",), ("A",)])
def test_does_not_write_zones_that_cannot_be_read(zones: tuple[str, ...]) -> None:
    with pytest.raises(RecordingError, match="zones cannot be columns"):
        list(write({}, zones, []))


@pytest.mark.parametrize(
    ("t_s", "force_n", "reason"),
    [
        ([0.0, 0.0], [[1.0], [1.0]], "row 2 of a block: t_s: 0.0 does not come after 0.0"),
        ([NAN], [[1.0]], "row 1 of a block: t_s is empty"),
        ([0.0], [[np.inf]], "inf N is no force"),
        ([0.0], [[1.0, 2.0]], r"1 times, 1 zones: \(1, 2\) forces"),
    ],
)
def test_does_not_write_rows_that_cannot_be_read(
    t_s: list[float], force_n: list[list[float]], reason: str
) -> None:
    with pytest.raises(RecordingError, match=reason):
        list(write({}, ("a",), [(np.array(t_s), np.array(force_n))]))


def test_does_not_write_a_block_that_goes_back() -> None:
    block = (np.array([1.0]), np.array([[1.0]]))
    with pytest.raises(RecordingError, match="does not come after"):
        list(write({}, ("a",), [block, block]))
