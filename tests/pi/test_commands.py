"""Commands from outside: what is run, what is refused, and that there is always an answer."""

from __future__ import annotations

import json
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MatError
from core.wire import Reply, decode, encode
from pi.commands import (
    KEPT_WITHIN_S,
    RATE_MAX,
    REMEMBERED,
    AckArgs,
    Commands,
    NoArgs,
    OnceKept,
    PauseArgs,
    PressArgs,
    Verb,
    WatchArgs,
)

BOOT = "0123456789abcdef"
NOW_S = 100.0


class Mat:
    """Counts what was run."""

    def __init__(self) -> None:
        self.ran: list[object] = []
        verbs = {
            "alarm.ack": Verb(AckArgs, self.note, always=True),
            "alarm.pause": Verb(PauseArgs, self.note, always=True),
            "sim.press": Verb(PressArgs, self.refuse),
            "watch": Verb(WatchArgs, self.note),
            "tare": Verb(NoArgs, lambda _args, _now_s: OnceKept("done", self.written)),
        }
        self.written: Future[None] = Future()
        self.commands = Commands(BOOT, verbs)

    def note(self, args: object, now_s: float) -> None:
        self.ran.append((args, now_s))

    def refuse(self, args: PressArgs, _now_s: float) -> None:
        self.ran.append(args)
        raise MatError(f"unknown zone {args.zone}")

    def ask(self, now_s: float = NOW_S, *, retained: bool = False, **changes: object) -> Reply:
        payload = json.dumps(command(**changes)).encode()
        return answered(self.commands, payload, now_s, retained=retained)


def answered(commands: Commands, payload: bytes, now_s: float, *, retained: bool) -> Reply:
    reply = commands.handle(payload, now_s, retained=retained)
    assert reply is not None
    return reply


def command(**changes: object) -> dict[str, object]:
    good: dict[str, object] = {
        "id": "a1",
        "verb": "watch",
        "args": {"lease_s": 10},
        "boot_id": BOOT,
        "until_t_s": NOW_S + 5,
    }
    return good | changes


def test_a_good_command_is_run_and_answered() -> None:
    mat = Mat()
    assert mat.ask() == Reply("a1", ok=True)
    assert mat.ran == [(WatchArgs(10.0), NOW_S)]


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        ({}, PauseArgs(120.0, None, None, beside=False)),
        ({"seconds": 120}, PauseArgs(120.0)),
        ({"seconds": 0.1, "zone": "l_toes"}, PauseArgs(0.1, "l_toes")),
        ({"rule": "limit", "beside": True}, PauseArgs(120.0, None, "limit", beside=True)),
    ],
)
def test_a_pause_is_of_two_minutes_and_of_everything_unless_said(
    args: dict[str, Any], asked: PauseArgs
) -> None:
    mat = Mat()
    assert mat.ask(verb="alarm.pause", args=args).ok
    assert mat.ran == [(asked, NOW_S)]


def test_unknown_fields_of_a_command_are_ignored() -> None:
    assert Mat().ask(later="x").ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"boot_id": "f" * 16}, "started anew"),
        ({"until_t_s": NOW_S}, "too late"),
        ({"until_t_s": -1e308}, "too late"),
        ({"verb": "reboot"}, "unknown verb"),
        ({"args": {}}, "lease_s"),
        ({"args": {"lease_s": 0}}, "lease_s"),
        ({"args": {"lease_s": 30.1}}, "lease_s"),
        ({"args": {"lease_s": "10"}}, "lease_s"),
        ({"verb": "alarm.ack", "args": {"zonee": "l_toes"}}, "zonee"),
        ({"verb": "alarm.ack", "args": {"zone": 3}}, "zone"),
        ({"verb": "alarm.ack", "args": {"zone": "z" * 65}}, "zone"),
        ({"verb": "alarm.pause", "args": {"seconds": 0}}, "seconds"),
        ({"verb": "alarm.pause", "args": {"seconds": 120.1}}, "seconds"),
        ({"verb": "alarm.pause", "args": {"seconds": "60"}}, "seconds"),
        ({"verb": "alarm.pause", "args": {"beside": 1}}, "beside"),
        ({"verb": "alarm.pause", "args": {"until": 5}}, "until"),
        ({"verb": "sim.press", "args": {"zone": "l_toes", "seconds": 2.1}}, "seconds"),
        ({"verb": "sim.press", "args": {"zone": "l_toes", "seconds": -0.1}}, "seconds"),
        ({"verb": "x" * 65}, "verb"),
        ({"args": []}, "args"),
        ({"until_t_s": None}, "until_t_s"),
    ],
)
def test_what_is_not_right_is_refused_and_not_run(changes: dict[str, Any], words: str) -> None:
    mat = Mat()
    reply = mat.ask(**changes)
    assert (reply.id, reply.ok) == ("a1", False)
    assert words in (reply.error or "")
    assert mat.ran == []


def test_a_retained_command_is_refused_and_not_remembered() -> None:
    mat = Mat()
    assert "retained" in (mat.ask(retained=True).error or "")
    assert mat.ask().ok
    assert "retained" in (mat.ask(retained=True).error or "")
    assert len(mat.ran) == 1


def test_a_known_id_is_answered_again_without_running_even_late() -> None:
    mat = Mat()
    first = mat.ask()
    assert mat.ask(NOW_S + 1000) == first
    assert len(mat.ran) == 1


def test_a_failure_is_remembered_too() -> None:
    mat = Mat()
    press: dict[str, Any] = {"verb": "sim.press", "args": {"zone": "l_nose", "seconds": 1}}
    first = mat.ask(**press)
    assert first == Reply("a1", ok=False, error="unknown zone l_nose")
    assert mat.ask(**press) == first
    assert len(mat.ran) == 1


def test_an_id_used_for_something_else_is_never_answered_as_done() -> None:
    mat = Mat()
    mat.ask()
    reply = mat.ask(verb="alarm.ack", args={})
    assert not reply.ok
    assert "another command" in (reply.error or "")


def test_the_oldest_of_256_ids_is_forgotten() -> None:
    mat = Mat()
    for number in range(REMEMBERED + 1):
        assert mat.ask(id=f"n{number}", verb="alarm.ack", args={}).ok
    mat.ask(id="n1", verb="alarm.ack", args={})
    assert len(mat.ran) == REMEMBERED + 1
    mat.ask(id="n0", verb="alarm.ack", args={})
    assert len(mat.ran) == REMEMBERED + 2


@pytest.mark.parametrize("verb", ["alarm.ack", "alarm.pause"])
def test_ten_a_second_except_acknowledging_and_pausing(verb: str) -> None:
    mat = Mat()
    assert all(mat.ask(NOW_S + n * 0.05, id=f"n{n}").ok for n in range(RATE_MAX))
    refused = mat.ask(NOW_S + 0.9, id="more")
    assert "too many" in (refused.error or "")
    assert mat.ask(NOW_S + 0.9, id="ack", verb=verb, args={}).ok
    assert mat.ask(NOW_S + 1.0, id="more").ok


def test_an_error_never_carries_a_long_text_back() -> None:
    reply = Mat().ask(args={"x" * 60_000: 1})
    assert not reply.ok
    assert len(encode(reply)) < 2000


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(payload=st.binary(max_size=200), retained=st.booleans())
def test_random_bytes_are_always_answered(payload: bytes, *, retained: bool) -> None:
    mat = Mat()
    reply = answered(mat.commands, payload, NOW_S, retained=retained)
    assert not reply.ok
    assert decode(encode(reply), Reply) == reply


@given(
    changes=st.dictionaries(st.sampled_from(sorted(command())), JSON),
    verb=st.sampled_from(["watch", "alarm.ack", "sim.press"]),
)
def test_random_json_is_always_answered(changes: dict[str, Any], verb: str) -> None:
    mat = Mat()
    payload = json.dumps(command(verb=verb) | changes).encode()
    reply = answered(mat.commands, payload, NOW_S, retained=False)
    assert decode(encode(reply), Reply) == reply
    assert not reply.ok or len(mat.ran) == 1


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 60_000,
        b'{"id":"\\ud800","verb":"\\udfff","args":{},"boot_id":"x","until_t_s":1}',
        b'{"id":"a","verb":"watch","args":' + b'{"a":' * 20_000,
        b" " * (64 * 1024 + 1),
        b'{"id":"' + b"a" * 65 + b'"}',
        b'{"id":"","verb":"watch","args":{},"boot_id":"x","until_t_s":1}',
        b'{"id":"a","verb":"watch","args":{},"boot_id":"x","until_t_s":1e999}',
    ],
)
def test_hostile_payloads_are_answered(payload: bytes) -> None:
    reply = answered(Mat().commands, payload, NOW_S, retained=False)
    assert not reply.ok
    assert encode(reply)


TARE: dict[str, Any] = {"verb": "tare", "args": {}}


def wait_for_card(mat: Mat, **changes: object) -> None:
    payload = json.dumps(command(**TARE, **changes)).encode()
    assert mat.commands.handle(payload, NOW_S, retained=False) is None


def test_what_the_card_must_have_is_answered_when_it_has_it_and_once() -> None:
    mat = Mat()
    wait_for_card(mat)
    # The same again meanwhile is not run again; something else in its name is refused.
    wait_for_card(mat)
    assert "another command" in (mat.ask().error or "")
    assert mat.commands.settled(NOW_S + KEPT_WITHIN_S / 2) == []
    # Nothing else waits for it.
    assert mat.ask(id="a2").ok
    mat.written.set_result(None)
    done = Reply("a1", ok=True, result="done")
    assert mat.commands.settled(NOW_S + 1) == [done]
    assert mat.commands.settled(NOW_S + 2) == []
    assert mat.ask(**TARE) == done


def test_a_card_that_refuses_is_no_yes() -> None:
    mat = Mat()
    wait_for_card(mat)
    mat.written.set_exception(OSError("No space left on device"))
    (reply,) = mat.commands.settled(NOW_S)
    assert (reply.id, reply.ok) == ("a1", False)
    assert "lost when the mat starts anew" in (reply.error or "")
    assert "No space left" in (reply.error or "")


def test_a_card_that_hangs_is_no_yes_either() -> None:
    mat = Mat()
    wait_for_card(mat)
    (reply,) = mat.commands.settled(NOW_S + KEPT_WITHIN_S)
    assert not reply.ok
    assert "not answered for 5 s" in (reply.error or "")
    mat.written.set_result(None)
    assert mat.commands.settled(NOW_S + 6) == []
