"""What is carried on where a column has no good value: the newest good one, or that from before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.carry import Carry


@st.composite
def _batches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 4)))
    values = hnp.arrays(np.int64, shape, elements=st.integers(-9, 9))
    before = hnp.arrays(np.int64, shape[1:], elements=st.integers(-99, -90))
    return draw(hnp.arrays(np.bool_, shape)), draw(values), draw(before)


@given(_batches())
def test_each_frame_has_the_newest_good_value_of_each_column(
    batch: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    good, values, before = batch
    newest = Carry(good)
    expected, now = [], list(before)
    for row_good, row in zip(good, values, strict=True):
        now = [new if ok else old for ok, new, old in zip(row_good, row, now, strict=True)]
        expected.append(now)
    assert newest.of(values, before).tolist() == np.array(expected).tolist()
    assert newest.had.tolist() == np.logical_or.accumulate(good, axis=0).tolist()
