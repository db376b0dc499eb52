from __future__ import annotations

import asyncio
import itertools

import msgspec
import pytest

from core import wire
from core.errors import MessageError
from dashboard.live import MAX_VIEWERS, FullError, Hub
from dashboard.messages import ARGUMENTS, CommandIn
from dashboard.viewer import MAX_REPLIES, Viewer
from tests.dashboard.support import (
    BOOT,
    OTHER_BOOT,
    Clock,
    make_info,
    make_live,
    make_state,
    texts,
)


class Bench:
    """A hub on a clock of its own, with a mat that is online."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sent: list[wire.Command] = []
        self.open = True
        ids = (f"id{n}" for n in itertools.count())
        self.hub = Hub(self.clock, lambda: next(ids), self._send)
        self.hub.set_broker(up=True)
        self.hub.take_status(b"online")
        self.hub.take_info(make_info())
        self.hub.take_state(make_state())

    def _send(self, command: wire.Command) -> bool:
        if self.open:
            self.sent.append(command)
        return self.open

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.25)):
            self.clock.now_s += 0.25
            self.hub.tick()

    def wait_with_states(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.wait(1)
            self.hub.take_state(make_state(12.5 + self.clock.now_s - 100))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def pop_all(viewer: Viewer) -> list[str | bytes]:
    payloads = []
    while (payload := viewer.pop()) is not None:
        payloads.append(payload)
    return payloads


def drain(viewer: Viewer) -> list[str]:
    return [str(message["type"]) for message in drain_messages(viewer)]


def drain_messages(viewer: Viewer) -> list[dict[str, object]]:
    return texts(pop_all(viewer))


def mat_of(bench: Bench) -> str:
    return bench.hub.link.mat


def test_a_new_viewer_gets_link_info_and_a_fresh_state(bench: Bench) -> None:
    messages = drain_messages(bench.hub.join("owner"))
    assert [message["type"] for message in messages] == ["link", "info", "state"]
    assert messages[0] == {"type": "link", "broker": True, "mat": "online"}


def test_a_new_viewer_never_gets_an_old_state(bench: Bench) -> None:
    bench.wait(2)
    assert drain(bench.hub.join("owner")) == ["link", "info"]


def test_the_newest_of_each_type_wins(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    for n in range(1000):
        bench.hub.take_live(make_live(t_us=n))
        bench.hub.take_state(make_state(float(n)))
    assert viewer.waiting_count == 4
    payloads = pop_all(viewer)
    assert payloads[-1] == make_live(t_us=999)
    assert texts(payloads)[-1]["state"]["t_s"] == 999.0


def test_a_slow_viewer_takes_nothing_from_another(bench: Bench) -> None:
    slow, fast = bench.hub.join("owner"), bench.hub.join("owner")
    drain(fast)
    seen = []
    for n in range(100):
        bench.hub.take_live(make_live(t_us=n))
        seen.append(fast.pop())
    assert seen == [make_live(t_us=n) for n in range(100)]
    assert slow.waiting_count == 4


def test_replies_that_wait_are_bounded(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    for n in range(10 * MAX_REPLIES):
        bench.hub.ask(viewer, CommandIn(str(n), "no.such"))
    assert viewer.waiting_count <= MAX_REPLIES + 4


def test_a_sender_wakes_when_something_comes(bench: Bench) -> None:
    async def scenario() -> str | bytes:
        viewer = Viewer({}, "owner")
        task = asyncio.create_task(viewer.next())
        viewer.put("live", b"RL")
        return await task

    assert asyncio.run(scenario()) == b"RL"


def test_the_lease_begins_at_once_and_is_renewed(bench: Bench) -> None:
    assert bench.sent == []
    viewer = bench.hub.join("owner")
    assert [c.verb for c in bench.sent] == ["watch"]
    assert bench.sent[0].args == {"lease_s": 10.0}
    bench.wait_with_states(3)
    assert len(bench.sent) == 1
    bench.wait_with_states(1)
    assert len(bench.sent) == 2
    bench.hub.leave(viewer)
    bench.wait_with_states(20)
    assert len(bench.sent) == 2


def test_a_second_viewer_needs_no_lease_of_its_own(bench: Bench) -> None:
    bench.hub.join("owner")
    bench.hub.join("owner")
    assert len(bench.sent) == 1


@pytest.mark.parametrize("event", ["boot", "broker", "offline"])
def test_a_mat_that_forgot_the_lease_gets_it_at_once(bench: Bench, event: str) -> None:
    bench.hub.join("owner")
    if event == "broker":
        bench.hub.set_broker(up=False)
        bench.hub.set_broker(up=True)
    elif event == "offline":
        bench.hub.take_status(b"offline")
    bench.hub.take_state(make_state(0.5, OTHER_BOOT if event == "boot" else BOOT))
    assert [c.verb for c in bench.sent] == ["watch", "watch"]
    assert bench.sent[1].boot_id == (OTHER_BOOT if event == "boot" else BOOT)


def test_a_lease_that_could_not_be_sent_is_tried_again(bench: Bench) -> None:
    bench.open = False
    bench.hub.join("owner")
    bench.open = True
    bench.wait(0.25)
    assert len(bench.sent) == 1


def test_silence_is_told_and_old_values_are_dropped(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    drain(viewer)
    bench.hub.take_state(make_state(13.0))
    bench.hub.take_live(make_live())
    bench.wait(2.75)
    assert bench.hub.link.mat == "online"
    bench.wait(0.25)
    payloads = pop_all(viewer)
    assert payloads == [b'{"type":"link","broker":true,"mat":"unknown"}'.decode()]


def test_offline_and_a_lost_broker_are_told_at_once(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    drain(viewer)
    bench.hub.take_status(b"offline")
    bench.hub.set_broker(up=False)
    assert drain_messages(viewer) == [{"type": "link", "broker": False, "mat": "unknown"}]
    assert bench.hub.health() == {"broker": False, "mat": "unknown", "state_age_s": None}


def test_online_alone_proves_nothing(bench: Bench) -> None:
    bench.hub.take_status(b"offline")
    bench.hub.take_status(b"online")
    assert mat_of(bench) == "unknown"
    assert drain(bench.hub.join("owner")) == ["link", "info"]
    bench.hub.take_state(make_state(14.0))
    assert mat_of(bench) == "online"


def test_a_state_corrects_a_stale_offline(bench: Bench) -> None:
    bench.hub.take_status(b"offline")
    assert mat_of(bench) == "offline"
    bench.hub.take_state(make_state(14.0))
    assert mat_of(bench) == "online"


def test_the_link_is_told_again_while_nothing_else_is_said(bench: Bench) -> None:
    bench.wait(5)
    viewer = bench.hub.join("owner")
    drain(viewer)
    bench.wait(5)
    assert drain(viewer) == ["link"]


@pytest.mark.parametrize("payload", [b"", b"RL", b"XX" + bytes(60), b"RL" + bytes(70_000)])
def test_what_is_not_live_is_dropped(bench: Bench, payload: bytes) -> None:
    viewer = bench.hub.join("owner")
    drain(viewer)
    with pytest.raises(MessageError, match="live"):
        bench.hub.take_live(payload)
    assert viewer.waiting_count == 0


def test_a_command_gets_boot_and_time_of_the_mat(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    bench.wait(1)
    bench.hub.ask(viewer, CommandIn("a", "sim.press", {"zone": "l_toes", "seconds": 0.6}))
    command = bench.sent[-1]
    assert command.until_t_s == pytest.approx(12.5 + 1 + 2)
    assert (command.verb, command.boot_id) == ("sim.press", BOOT)
    assert command.args == {"zone": "l_toes", "seconds": 0.6}
    bench.hub.take_live(make_live(t_us=20_000_000))
    bench.hub.ask(viewer, CommandIn("b", "alarm.ack"))
    assert bench.sent[-1].until_t_s == pytest.approx(22.0)
    assert bench.sent[-1].args == {}


def test_a_reply_goes_to_who_asked_under_their_id(bench: Bench) -> None:
    one, two = bench.hub.join("owner"), bench.hub.join("owner")
    bench.hub.ask(one, CommandIn("same", "alarm.ack"))
    bench.hub.ask(two, CommandIn("same", "alarm.ack", {"zone": "l_toes"}))
    drain(one), drain(two)
    bench.hub.take_reply(wire.Reply(bench.sent[-1].id, ok=False, error="unknown zone"))
    bench.hub.take_reply(wire.Reply("of another dashboard", ok=True))
    assert drain_messages(one) == []
    expected = {"type": "reply", "id": "same", "ok": False, "error": "unknown zone", "result": None}
    assert drain_messages(two) == [expected]


def test_who_has_gone_gets_no_reply(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    bench.hub.ask(viewer, CommandIn("a", "alarm.ack"))
    bench.hub.leave(viewer)
    drain(viewer)
    bench.hub.take_reply(wire.Reply(bench.sent[-1].id, ok=True))
    assert viewer.waiting_count == 0


def test_no_answer_is_an_answer(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    bench.hub.ask(viewer, CommandIn("a", "alarm.ack"))
    bench.wait_with_states(3)
    replies = [m for m in drain_messages(viewer) if m["type"] == "reply"]
    told = {"ok": False, "error": "the mat did not answer", "result": None}
    assert replies == [{"type": "reply", "id": "a", **told}]


def test_an_answer_that_waits_for_the_card_of_the_mat_has_longer(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    bench.hub.ask(viewer, CommandIn("a", "tare"))
    bench.wait_with_states(7)
    assert [m for m in drain_messages(viewer) if m["type"] == "reply"] == []
    bench.wait_with_states(1)
    (reply,) = [m for m in drain_messages(viewer) if m["type"] == "reply"]
    assert (reply["ok"], reply["error"]) == (False, "the mat did not answer")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (CommandIn("a", "watch", {"lease_s": 30}), "unknown verb watch"),
        (CommandIn("a", "person.choose", {"person": "p1"}), "unknown verb person.choose"),
        (CommandIn("a", "profile.set", {}), "unknown verb profile.set"),
        (CommandIn("a", "session.start", {"person": "p1"}), "session.start: "),
        (CommandIn("a", "sim.press", {"zone": "x", "seconds": 3}), "sim.press: "),
        (CommandIn("a", "sim.press", {"zone": "x"}), "sim.press: "),
        (CommandIn("a", "alarm.ack", {"zone": 3}), "alarm.ack: "),
        (CommandIn("a", "alarm.ack", {"all": True}), "alarm.ack: "),
        (CommandIn("a", "alarm.ack", {"beside": 1}), "alarm.ack: "),
        (CommandIn("a", "alarm.pause"), "alarm.pause: "),
        (CommandIn("a", "alarm.pause", {"seconds": 0}), "alarm.pause: "),
        (CommandIn("a", "alarm.pause", {"seconds": 120.1}), "alarm.pause: "),
        (CommandIn("a", "alarm.pause", {"seconds": 1, "beside": True}), "alarm.pause: "),
    ],
)
def test_what_a_viewer_may_not_ask_never_reaches_the_mat(
    bench: Bench, command: CommandIn, error: str
) -> None:
    viewer = bench.hub.join("owner")
    drain(viewer)
    bench.hub.ask(viewer, command)
    (reply,) = drain_messages(viewer)
    assert str(reply["error"]).startswith(error)
    assert [c.verb for c in bench.sent] == ["watch"]


TARES = {"owner", "clinician", "caregiver"}
USES = {
    "alarm.ack": {*TARES, "person"},
    "alarm.pause": {*TARES, "person"},
    "session.start": {*TARES, "person"},
    "session.stop": {*TARES, "person"},
    "routine.next": {*TARES, "person"},
    "routine.stop": {*TARES, "person"},
    "tare": TARES,
    "selftest": TARES,
    "identify": TARES,
    "log.level": {"owner"},
    "sim.press": {*TARES, "person"},
}
ARGS: dict[str, dict[str, object]] = {
    "alarm.pause": {"seconds": 60},
    "log.level": {"level": "debug"},
    "sim.press": {"zone": "l_toes", "seconds": 0.6},
}


@pytest.mark.parametrize("verb", ARGUMENTS)
@pytest.mark.parametrize("role", ["owner", "clinician", "caregiver", "person", "", "admin"])
def test_a_verb_reaches_the_mat_from_the_roles_that_have_it(
    bench: Bench, role: str, verb: str
) -> None:
    viewer = bench.hub.join(role)
    drain(viewer)
    bench.hub.ask(viewer, CommandIn("a", verb, ARGS.get(verb, {})))
    reached = bench.sent[-1].verb == verb
    assert reached == (role in USES[verb])
    if not reached:
        (reply,) = drain_messages(viewer)
        assert reply["error"] == f"{verb}: not for the role {role}"


def test_each_viewer_has_a_rate_of_its_own(bench: Bench) -> None:
    one, two = bench.hub.join("owner"), bench.hub.join("owner")
    press = CommandIn("a", "sim.press", {"zone": "x", "seconds": 1})
    for _ in range(20):
        bench.hub.ask(one, press)
    assert sum(c.verb == "sim.press" for c in bench.sent) == 8
    bench.hub.ask(two, press)
    bench.hub.ask(one, CommandIn("a", "alarm.ack"))
    assert [c.verb for c in bench.sent[-2:]] == ["sim.press", "alarm.ack"]
    bench.wait(0.25)
    bench.hub.ask(one, press)
    assert bench.sent[-1].verb == "sim.press"


@pytest.mark.parametrize("status", ["offline", "silent", "full"])
def test_what_cannot_be_sent_is_answered_at_once(bench: Bench, status: str) -> None:
    viewer = bench.hub.join("owner")
    if status == "offline":
        bench.hub.take_status(b"offline")
    elif status == "silent":
        bench.wait(3)
    else:
        bench.open = False
    drain(viewer)
    bench.hub.ask(viewer, CommandIn("a", "alarm.ack"))
    assert drain_messages(viewer)[-1]["error"] == "the mat cannot be reached"


def test_a_lease_that_is_refused_is_said_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.hub.join("owner")
    bench.wait_with_states(20)
    assert len(bench.sent) > 3
    assert [r.message for r in caplog.records] == [
        "the mat does not send live values: the mat did not answer"
    ]
    bench.hub.take_reply(wire.Reply(bench.sent[-1].id, ok=True))
    bench.wait_with_states(8)
    assert len(caplog.records) == 2


def test_only_so_many_may_watch(bench: Bench) -> None:
    viewers = [bench.hub.join("owner") for _ in range(MAX_VIEWERS)]
    with pytest.raises(FullError):
        bench.hub.join("owner")
    bench.hub.leave(viewers[0])
    assert msgspec.json.decode(bench.hub.join("owner").pop() or b"")["type"] == "link"
    assert bench.hub.viewer_count == MAX_VIEWERS


def ping(bench: Bench, viewer: Viewer) -> object:
    bench.hub.ping(viewer, "p")
    (pong,) = [m for m in drain_messages(viewer) if m["type"] == "pong"]
    assert (pong["id"], pong["boot_id"]) == ("p", BOOT)
    return pong["t_s"]


def answer_watch(bench: Bench, t_s: float, boot_id: str = BOOT) -> None:
    watch = bench.sent[-1]
    assert watch.verb == "watch"
    bench.hub.take_reply(wire.Reply(watch.id, ok=True, result={"boot_id": boot_id, "t_s": t_s}))


def test_the_time_on_the_mat_is_bounded_by_a_round_trip(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    assert ping(bench, viewer) is None, "nobody has asked the mat yet"
    bench.clock.now_s += 1.0
    answer_watch(bench, 20.0)
    # Read at most a second ago: by now it may be 21.
    assert ping(bench, viewer) == pytest.approx(21.0)
    bench.clock.now_s += 10.0
    assert ping(bench, viewer) == pytest.approx(31.001)


def test_a_slower_round_trip_does_not_widen_the_bound(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    answer_watch(bench, 20.0)
    bench.wait_with_states(4)
    asked_s = bench.clock.now_s
    bench.clock.now_s += 2.0
    answer_watch(bench, 24.0 + 1.9)
    now_s = ping(bench, viewer)
    assert now_s == pytest.approx(20.0 + bench.clock.now_s - asked_s + 4.0, abs=0.01)


@pytest.mark.parametrize("result", [None, {}, {"boot_id": OTHER_BOOT, "t_s": 9.0}, "x"])
def test_an_answer_without_the_time_of_this_boot_tells_none(bench: Bench, result: object) -> None:
    viewer = bench.hub.join("owner")
    bench.hub.take_reply(wire.Reply(bench.sent[-1].id, ok=True, result=result))
    assert ping(bench, viewer) is None


def test_another_boot_has_another_clock(bench: Bench) -> None:
    viewer = bench.hub.join("owner")
    answer_watch(bench, 20.0)
    bench.hub.take_live(make_live(boot_id=OTHER_BOOT))
    bench.hub.ping(viewer, "p")
    (pong,) = [m for m in drain_messages(viewer) if m["type"] == "pong"]
    assert (pong["boot_id"], pong["t_s"]) == (OTHER_BOOT, None)


def test_what_the_dashboard_itself_asks_waits_for_the_card_and_no_longer(bench: Bench) -> None:
    async def scenario() -> None:
        answer, silence = (bench.hub.request("person.choose", {"person": None}) for _ in "ab")
        assert answer is not None
        assert silence is not None
        bench.wait_with_states(7)
        reply = wire.Reply(bench.sent[0].id, ok=False, error="nobody")
        bench.hub.take_reply(reply)
        assert await answer == reply
        assert not silence.done()
        bench.wait_with_states(1)
        assert await silence is None
        # Too late: nobody waits for it any more.
        bench.hub.take_reply(wire.Reply(bench.sent[1].id, ok=True))

    asyncio.run(scenario())


@pytest.mark.parametrize("why", ["offline", "silent", "full"])
def test_what_cannot_be_sent_is_not_asked(bench: Bench, why: str) -> None:
    async def scenario() -> None:
        if why == "offline":
            bench.hub.take_status(b"offline")
        elif why == "silent":
            bench.wait(3)
        bench.open = why != "full"
        assert bench.hub.request("person.choose", {"person": None}) is None

    asyncio.run(scenario())
    assert bench.sent == []


def test_the_hub_knows_when_profiles_are_missing(bench: Bench) -> None:
    told = [bench.hub.profiles_missing]
    fault = wire.Alarm(
        "profile_missing", None, "fault", "low", "raised", 1.0, None, None, True, "", ""
    )
    bench.hub.take_state(msgspec.structs.replace(make_state(), alarms=(fault,)))
    told.append(bench.hub.profiles_missing)
    bench.hub.set_broker(up=False)
    told.append(bench.hub.profiles_missing)
    assert told == [False, True, False]
