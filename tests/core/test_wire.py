"""Messages: golden bytes, round trips, and hostile ones."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import wire
from core.errors import MessageError
from core.live import LiveMessage, pack_live, unpack_live
from tests.core.make_golden import FOLDER, JSON, LIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

KINDS: tuple[type[msgspec.Struct], ...] = tuple(type(message) for message in JSON.values())


@pytest.mark.parametrize("name", JSON)
def test_json_is_as_it_was(name: str) -> None:
    golden = (FOLDER / f"{name}.json").read_bytes().rstrip(b"\n")
    assert wire.encode(JSON[name]) == golden
    assert wire.decode(golden, type(JSON[name])) == JSON[name]


@pytest.mark.parametrize("name", JSON)
def test_unknown_fields_are_ignored(name: str) -> None:
    newer = json.loads((FOLDER / f"{name}.json").read_bytes())
    newer["later"] = {"deep": [1, None]}
    assert wire.decode(json.dumps(newer).encode(), type(JSON[name])) == JSON[name]


def test_undefined_is_null_and_never_nought() -> None:
    state = json.loads((FOLDER / "state.json").read_bytes())
    unknown = state["zones"]["r_heel"]
    assert unknown.pop("level") == "unknown"
    assert len(unknown) == 6
    assert set(unknown.values()) == {None}
    assert state["left_share_pct"] is state["cop_mm"] is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"[]", b"{}", b"{", b"\xff", b'"\xff"', b"1" * 5000, b"[" * 60_000, b"NaN",
     b'{"id": "\\ud800"}', b'{"t_s": 1e999}', b" " * (64 * 1024 + 1)],
    ids=lambda payload: repr(payload[:12]),
)  # fmt: skip
def test_what_is_no_message_is_refused(kind: type[msgspec.Struct], payload: bytes) -> None:
    with pytest.raises(MessageError, match=f"^{kind.__name__}: "):
        wire.decode(payload, kind)


def test_the_longest_message_is_64_kb() -> None:
    golden = (FOLDER / "reply.json").read_bytes()
    assert wire.decode(golden.ljust(wire.MAX_MESSAGE_BYTES), wire.Reply) == JSON["reply"]
    with pytest.raises(MessageError, match="at most 65536"):
        wire.decode(golden.ljust(wire.MAX_MESSAGE_BYTES + 1), wire.Reply)


@given(st.binary(), st.sampled_from(KINDS))
def test_hostile_bytes_raise_only_message_errors(
    payload: bytes, kind: type[msgspec.Struct]
) -> None:
    with pytest.raises(MessageError):
        wire.decode(payload, kind)


@given(st.sampled_from(sorted(JSON)), st.data())
def test_damaged_json_is_read_or_refused(name: str, data: st.DataObject) -> None:
    golden = (FOLDER / f"{name}.json").read_bytes()
    at = data.draw(st.integers(0, len(golden)))
    junk = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"null", b"1e999", b"[]"])))
    damaged = golden[:at] + junk + golden[at + data.draw(st.integers(0, 20)) :]
    try:
        message = wire.decode(damaged, type(JSON[name]))
    except MessageError:
        return
    assert isinstance(message, type(JSON[name]))


def test_topics() -> None:
    assert wire.topic("demo-1", "state") == "reflexmat/v1/demo-1/state"
    for bad in ("", "a/b", "a+", "#", "Demo", "a" * 33, "a\n"):
        with pytest.raises(MessageError, match="1 to 32"):
            wire.topic(bad, "state")


def test_a_command_must_be_whole() -> None:
    good = json.loads((FOLDER / "cmd.json").read_bytes())
    changes: tuple[dict[str, object], ...] = (
        {"id": ""},
        {"id": "x" * 65},
        {"verb": "v" * 65},
        {"until_t_s": "soon"},
        {"args": []},
        {"boot_id": None},
    )
    for change in changes:
        with pytest.raises(MessageError):
            wire.decode(json.dumps(good | change).encode(), wire.Command)
    del good["args"]
    assert wire.decode(json.dumps(good).encode(), wire.Command).args == {}


def same_live(one: LiveMessage, other: LiveMessage) -> None:
    for field in fields(LiveMessage):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.tolist() == b.tolist(), field.name
        else:
            pairs = zip(np.atleast_1d(a).tolist(), np.atleast_1d(b).tolist(), strict=True)
            for x, y in pairs:
                assert x == y or (math.isnan(x) and math.isnan(y)), field.name


def test_live_is_as_it_was() -> None:
    golden = (FOLDER / "live.bin").read_bytes()
    assert pack_live(LIVE) == golden
    same_live(unpack_live(golden), LIVE)


def test_live_by_the_offsets_of_the_protocol() -> None:
    golden = (FOLDER / "live.bin").read_bytes()

    def at(offset: int, form: str) -> tuple[object, ...]:
        return struct.unpack_from("<" + form, golden, offset)

    assert at(0, "2sBBHH") == (b"RL", 1, 2, 3, 0)
    assert golden[8:16].hex() == LIVE.boot_id
    assert at(16, "IIq") == (4_000_000_001, 7, 86_400_025_001)
    assert at(32, "Ii") == (3, 70_610)
    assert at(40, "ff") == (52.125, -3.125)
    assert golden[48:52] == struct.pack("<f", math.nan)
    assert at(52, "6i") == (12_000, 16_000, 20_010, 11_000, 15_000, -3)
    assert at(76, "Iii") == (25_001, 20_010, -3)
    assert at(100, "Iii") == (0, 18_000, -4)
    assert golden[112:] == bytes([0x33, 0x01, 0x33, 0x00, 0x33, 0x14])


@st.composite
def messages(draw: st.DrawFn) -> LiveMessage:
    n_frames, n_zones = draw(st.integers(1, 30)), draw(st.integers(1, 64))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    i32 = -(2**31), 2**31
    ages = np.sort(rng.integers(0, 2**31, n_frames))[::-1]
    ages[-1] = 0
    part = st.floats(width=32, allow_infinity=False)
    return LiveMessage(
        boot_id=draw(st.binary(min_size=8, max_size=8)).hex(),
        seq=draw(st.integers(0, 2**32 - 1)),
        lost=draw(st.integers(0, 2**32 - 1)),
        profile_version=draw(st.integers(0, 2**32 - 1)),
        t_us=draw(st.integers(2**31, 2**62)) - ages,
        total_cn=draw(st.integers(-(2**31), 2**31 - 1)),
        left_share_pct=draw(part),
        cop_mm=(draw(part), draw(part)),
        warning_cn=rng.integers(*i32, n_zones),
        limit_cn=rng.integers(*i32, n_zones),
        max_cn=rng.integers(*i32, n_zones),
        force_cn=rng.integers(*i32, (n_frames, n_zones)),
        status=rng.integers(0, 256, (n_frames, n_zones), dtype=np.uint8),
    )


@given(messages())
def test_live_round_trip(message: LiveMessage) -> None:
    payload = pack_live(message)
    frames, zones = message.force_cn.shape
    assert len(payload) == 52 + 12 * zones + frames * (4 + 5 * zones)
    same_live(unpack_live(payload), message)


def test_counters_that_run_over() -> None:
    seen = unpack_live(pack_live(replace(LIVE, seq=2**32 + 5, lost=2**40)))
    assert (seen.seq, seen.lost) == (5, 2**32 - 1)


GOLDEN = (FOLDER / "live.bin").read_bytes()
DAMAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda p: b"",
    lambda p: p[:51],
    lambda p: p[:52],
    lambda p: p[:-1],
    lambda p: p + b"\0",
    lambda p: p * 2,
    lambda p: b"XX" + p[2:],
    lambda p: p[:2] + b"\x02" + p[3:],
    lambda p: p[:3] + b"\x03" + p[4:],
    lambda p: p[:3] + b"\xff" + p[4:],
    lambda p: p[:4] + b"\xff\xff" + p[6:],
    lambda p: p[:4] + b"\0\0" + p[6:],
    lambda p: p[:4] + b"\0\0" + p[6:76],
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_live_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MessageError, match=r"^live: "):
        unpack_live(damage(GOLDEN))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(tail: bytes) -> None:
    for payload in (tail, b"RL\x01" + tail, GOLDEN[:4] + tail, GOLDEN[:52] + tail):
        try:
            message = unpack_live(payload)
        except MessageError:
            continue
        assert message.force_cn.shape == message.status.shape
