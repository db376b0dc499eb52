"""Connections that are opened in a thread: taken once, and left behind by an end."""

from __future__ import annotations

import select
import threading

import pytest

from pi.dial import Dial
from tests.pi.mqtt import DEADLINE_S


class Slow:
    """A connection that is open when the test says so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go, self.closed = threading.Event(), threading.Event()
        self.error, self.fault = error, ""

    def open(self, _timeout_s: float) -> None:
        assert self.go.wait(DEADLINE_S)
        if self.error:
            raise self.error

    def close(self, *, orderly: bool) -> None:
        assert not orderly
        self.closed.set()


def begun(error: Exception | None = None) -> tuple[Dial, Slow]:
    dial, slow = Dial(), Slow(error)
    dial.begin(slow, 1.0)  # type: ignore[arg-type]
    return dial, slow


@pytest.mark.parametrize(("error", "fault"), [(None, ""), (ValueError("x"), "x")])
def test_it_is_taken_once_when_it_is_there(error: Exception | None, fault: str) -> None:
    dial, slow = begun(error)
    assert (dial.busy, dial.take()) == (True, None)
    slow.go.set()
    assert select.select([dial.wake], [], [], DEADLINE_S)[0]
    assert dial.busy
    taken: object = dial.take()
    assert taken is slow
    assert (slow.fault, dial.busy, dial.take()) == (fault, False, None)
    dial.close()
    assert not slow.closed.is_set()


def test_what_comes_after_the_end_is_closed() -> None:
    dial, slow = begun()
    dial.close()
    slow.go.set()
    assert slow.closed.wait(DEADLINE_S)


def test_what_nobody_took_is_closed_at_the_end() -> None:
    dial, slow = begun()
    slow.go.set()
    assert select.select([dial.wake], [], [], DEADLINE_S)[0]
    dial.close()
    assert slow.closed.is_set()
