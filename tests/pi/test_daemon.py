"""The sampler on a virtual clock: who is told what, and when."""

from __future__ import annotations

import functools
import itertools
import json
from concurrent.futures import Future
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from core.calibration import fit_to
from core.clock_story import ClockStory
from core.engine import Engine
from core.kept import Kept
from core.layout import load_layout
from core.live import unpack_live
from core.profiles import People, Profile
from core.telemetry import MatFacts, Telemetry
from core.wire import WallPair
from core.zeroing import Refusal, Tared
from drivers.base import CellBank, VirtualClock
from drivers.errors import DriverError
from drivers.person import Person
from drivers.scenario import CALM, EMPTY, Scenario
from drivers.simulator import Simulator
from pi.daemon import COMMANDS_A_PASS, Sampler
from pi.guide import Guide
from pi.handover import UP, Message
from pi.keepers import Keepers
from pi.logs import level_now
from pi.recorder import Recorder
from pi.roster import Roster
from pi.routine_run import RoutineRun
from pi.sessions import Sessions
from pi.shelf import Shelf, Shelved
from pi.source import Source
from pi.starts import Starts
from pi.upkeep import upkeep_of
from pi.verbs import VERBS, verbs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.calibration import Calibration
    from core.session_starts import Start
    from core.wire import SessionRecord
    from core.zero_tracking import ZeroKept

BOOT = "0123456789abcdef"
LAYOUT = load_layout("full16")


class Mail:
    """A messenger that keeps everything, with the time at which it was sent."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.sent: list[tuple[float, Message]] = []
        self.commands: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append((self._clock.now_s(), message))

    def poll(self, _now_s: float, limit: int) -> list[Message]:
        taken, self.commands = self.commands[:limit], self.commands[limit:]
        return taken

    def take(self, topic: str) -> list[tuple[float, Message]]:
        found = [entry for entry in self.sent if entry[1].topic == topic]
        self.sent = [entry for entry in self.sent if entry[1].topic != topic]
        return found

    def take_json(self, topic: str) -> list[Any]:
        return [json.loads(message.payload) for _, message in self.take(topic)]


class Rig:
    """A sampler on a simulated person of 50 kg."""

    def __init__(
        self,
        *,
        verbs: tuple[str, ...] = verbs_of("simulator"),
        rate_hz: float = 80.0,
        person: Scenario = CALM,
        people: People | None = None,
        starts: tuple[Start, ...] = (),
        boot: str = "boot-1",
        begin_s: float = 1000.0,
    ) -> None:
        self.begun, self.boot = starts, boot
        self.person = person
        self.rate_hz = rate_hz
        self.clock = VirtualClock(begin_s)
        self.mail = Mail(self.clock)
        self.broken = False
        self.synchronised = False
        self.n_asked = self.n_kept = 0
        simulator = self.make_bank()
        engine = Engine(
            LAYOUT,
            people or Profile(mode="standing", foot_mm=(260.0, 98.0)),
            fit_to(simulator.calibration_spec("2026-11-23"), LAYOUT),
        )
        facts = MatFacts("demo", "0", "simulator", rate_hz, False, "2026-11-23", "x", verbs)
        telemetry = Telemetry(engine, BOOT, facts)
        self.source = Source(self.open_bank, self.clock, len(LAYOUT.spec.cell))
        self.written: Future[None] = Future()
        self.written.set_result(None)
        self.kept: list[Kept] = []
        self.zeros: list[ZeroKept | None] = []
        self.tared: list[Calibration] = []
        self.people: list[People] = []
        recorder = Recorder(self.mail.send)
        tare = functools.partial(self.keep, self.tared)
        keep = Keepers(self.kept.append, self.zeros.append, tare, recorder)
        self.story = ClockStory(not_before_s=1.7e9)
        self.sampler = Sampler(self.source, engine, telemetry, self.mail, keep, self.look_at_clock)
        self.guide = self.make_guide(engine, people or People())
        self.sampler.guide_by(self.guide)
        self.sampler.obey(upkeep_of(self.sampler, lambda: "2026-11-26"))

    def make_guide(self, engine: Engine, people: People) -> Guide:
        self.roster = Roster(engine, people, functools.partial(self.keep, self.people))
        self.records: list[SessionRecord] = []
        ids = map("{:032x}".format, itertools.count(round(self.clock.now_s()) - 999))
        self.sessions = Sessions(engine, BOOT, lambda: next(ids), self.records.append)
        self.shelved: list[Shelved] = []
        self.shelf = Shelf(Shelved(), functools.partial(self.keep, self.shelved))
        routine = RoutineRun(engine, self.rate_hz, self.shelf.spec)
        starts = Starts(engine, self.begun, self.keep_begun, self.boot, lambda: self.story)
        return Guide(self.roster, self.sessions, routine, self.shelf, starts)

    def keep(self, kept: list[Any], newest: object) -> Future[None]:
        """Keep what has changed, as a card does: at once, or when `self.written` is done."""
        self.n_kept += 1
        if not kept or kept[-1] != newest:
            kept.append(newest)
        return self.written

    def keep_begun(self, starts: tuple[Start, ...]) -> None:
        self.begun = starts

    def look_at_clock(self, t_s: float) -> ClockStory:
        self.story = self.story.heard(WallPair(t_s, 1.8e9 + t_s, self.synchronised))
        return self.story

    def make_bank(self) -> Simulator:
        return Simulator(LAYOUT, Person(LAYOUT, 50.0, 1, self.person), self.clock, self.rate_hz, 1)

    def open_bank(self) -> CellBank:
        if self.broken:
            raise DriverError("no such chip")
        return self.make_bank()

    def run(self, seconds: float) -> None:
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            self.sampler.run_pass()

    def run_until(self, fits: Callable[[], bool], at_most_s: float = 30.0) -> None:
        end_s = self.clock.now_s() + at_most_s
        while not fits():
            assert self.clock.now_s() < end_s
            self.sampler.run_pass()

    def ask(self, verb: str, *, retain: bool = False, **args: object) -> dict[str, Any]:
        self.n_asked += 1
        command = {
            "id": f"n{self.n_asked}",
            "verb": verb,
            "args": args,
            "boot_id": BOOT,
            "until_t_s": self.clock.now_s() + 5,
        }
        self.mail.commands.append(Message("cmd", json.dumps(command).encode(), 1, retain))
        self.sampler.run_pass()
        (reply,) = self.mail.take_json("reply")
        assert reply["id"] == f"n{self.n_asked}"
        return dict(reply)


def test_info_is_first_retained_and_names_the_verbs() -> None:
    rig = Rig()
    (_, first), *_ = rig.mail.sent
    assert (first.topic, first.qos, first.retain) == ("info", 1, True)
    info = json.loads(first.payload)
    assert info["verbs"] == list(VERBS) == sorted(rig.sampler._verbs)
    assert (info["mat"], info["boot_id"], info["clock_synchronised"]) == ("demo", BOOT, False)


def test_state_goes_out_once_a_second_and_live_not_at_all() -> None:
    rig = Rig()
    rig.run(10.0)
    times = [t_s for t_s, _ in rig.mail.take("state")]
    # The second at once: with contact a session begins.
    assert 10 <= len(times) <= 12
    assert all(abs(b - a - 1.0) < 0.02 for a, b in pairwise(times[1:]))
    assert rig.mail.take("live") == []


def test_live_runs_while_a_lease_is_held_and_the_longest_holds() -> None:
    rig = Rig()
    rig.run(3.0)
    assert rig.ask("watch", lease_s=3)["ok"]
    assert rig.ask("watch", lease_s=1)["ok"]
    begin_s = rig.clock.now_s()
    rig.run(6.0)
    live = rig.mail.take("live")
    assert 58 <= len(live) <= 62
    assert live[-1][0] < begin_s + 3.0
    messages = [unpack_live(message.payload) for _, message in live]
    # Nothing from before the lease, every frame once.
    assert len(messages[0].t_us) <= 4
    numbers = [m.seq for m in messages]
    assert all(
        b - a == len(m.t_us) for (a, b), m in zip(pairwise(numbers), messages[1:], strict=True)
    )


def test_an_alarm_goes_out_before_anything_else_and_state_with_it() -> None:
    rig = Rig()
    rig.run(5.3)
    rig.mail.sent.clear()
    for _ in range(6):
        assert rig.ask("sim.press", zone="l_heel_med", seconds=2)["ok"]
        rig.run(0.5)
    topics = [message.topic for _, message in rig.mail.sent]
    at = topics.index("event")
    event_s, event = rig.mail.sent[at]
    assert event.qos == 1
    body = json.loads(event.payload)
    assert (body["zone"], body["state"], body["boot_id"]) == ("l_heel_med", "raised", BOOT)
    assert abs(body["t_s"] - event_s) < 0.02
    after = [(t_s, m) for t_s, m in rig.mail.sent[at + 1 :] if m.topic not in ("event", "rec")]
    assert after[0][0] == event_s
    assert after[0][1].topic == "state"
    assert json.loads(after[0][1].payload)["alarms"][0]["zone"] == "l_heel_med"


def test_acknowledging_is_an_event_and_a_state_at_once() -> None:
    rig = Rig()
    for _ in range(8):
        rig.ask("sim.press", zone="l_heel_med", seconds=2)
        rig.run(0.5)
    rig.mail.sent.clear()
    assert rig.ask("alarm.ack", zone="l_heel_med", rule="limit") == {
        "id": f"n{rig.n_asked}",
        "ok": True,
        "result": None,
        "error": None,
    }
    events = rig.mail.take_json("event")
    assert ("limit", "acknowledged") in [(e["rule"], e["state"]) for e in events]
    alarms = rig.mail.take_json("state")[-1]["alarms"]
    assert ("limit", "acknowledged") in [(a["rule"], a["state"]) for a in alarms]


def test_pausing_is_an_event_and_a_state_at_once_and_is_done_once() -> None:
    rig = Rig()
    for _ in range(8):
        rig.ask("sim.press", zone="l_heel_med", seconds=2)
        rig.run(0.5)
    rig.mail.sent.clear()
    limit: dict[str, Any] = {"zone": "l_heel_med", "rule": "limit"}
    assert rig.ask("alarm.pause", seconds=2, **limit)["ok"]
    pass_s = rig.clock.now_s()
    ((event_s, event),) = rig.mail.take("event")
    body = json.loads(event.payload)
    assert (body["zone"], body["rule"], body["state"]) == ("l_heel_med", "limit", "paused")
    assert event_s == pass_s
    alarms = rig.mail.take_json("state")[-1]["alarms"]
    assert ("limit", "paused") in [(a["rule"], a["state"]) for a in alarms]
    for _ in range(6):
        rig.ask("sim.press", zone="l_heel_med", seconds=2)
        rig.run(0.5)
    (again,) = [e for e in rig.mail.take_json("event") if e["rule"] == "limit"]
    assert again["state"] == "raised"
    assert 2.0 <= again["t_s"] - body["t_s"] < 2.03
    assert rig.ask("alarm.pause", seconds=2, **limit)["ok"]
    assert rig.mail.take("event") == []
    assert [each.rule for each in rig.kept[-1].latched] == ["limit"]


@pytest.mark.parametrize("seconds", [0, 120.5])
def test_a_pause_that_is_too_long_is_refused(seconds: float) -> None:
    rig = Rig()
    assert "seconds" in rig.ask("alarm.pause", seconds=seconds)["error"]


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("alarm.ack", {"zone": "l_nose"}),
        ("alarm.pause", {"zone": "l_nose"}),
        ("sim.press", {"zone": "l_nose", "seconds": 1}),
    ],
)
def test_an_unknown_zone_is_refused_by_name(verb: str, args: dict[str, Any]) -> None:
    rig = Rig()
    rig.run(0.1)
    reply = rig.ask(verb, **args)
    assert not reply["ok"]
    assert "l_nose" in reply["error"]


def test_a_retained_command_is_refused() -> None:
    rig = Rig()
    assert "retained" in rig.ask("watch", retain=True, lease_s=5)["error"]


def test_a_mat_that_is_no_simulator_cannot_be_pressed() -> None:
    rig = Rig(verbs=verbs_of("hx711"))
    assert "unknown verb" in rig.ask("sim.press", zone="l_toes", seconds=1)["error"]


def test_a_flood_of_commands_is_taken_in_parts() -> None:
    rig = Rig()
    rig.run(0.1)
    rig.mail.commands += [Message("cmd", b"{}", 1)] * (COMMANDS_A_PASS + 1)
    rig.sampler.run_pass()
    assert len(rig.mail.take("reply")) == COMMANDS_A_PASS
    rig.sampler.run_pass()
    assert len(rig.mail.take("reply")) == 1


def test_a_link_that_came_up_gets_state_at_once() -> None:
    rig = Rig()
    rig.run(0.5)
    rig.mail.take("state")
    rig.mail.commands.append(Message(UP))
    rig.sampler.run_pass()
    assert len(rig.mail.take("state")) == 1
    assert rig.mail.take("reply") == []


def test_a_bank_that_fails_is_said_as_unknown_and_comes_back() -> None:
    rig = Rig()
    rig.run(5.0)
    rig.broken = True
    bank = rig.source.bank
    assert bank is not None
    bank.close()
    rig.mail.sent.clear()
    rig.run(3.5)
    states = rig.mail.take_json("state")
    assert len(states) >= 3
    zones = states[-1]["zones"].values()
    assert {zone["level"] for zone in zones} == {"unknown"}
    assert {zone["force_n"] for zone in zones} == {None}
    raised = [e for e in rig.mail.take_json("event") if e["state"] == "raised"]
    assert {e["kind"] for e in raised} == {"fault"}
    assert {e["zone"] for e in raised} == set(LAYOUT.zone_ids)
    assert "not running" in rig.ask("sim.press", zone="l_toes", seconds=1)["error"]
    rig.broken = False
    rig.run_until(lambda: "unknown" not in str(rig.mail.take_json("state")[-1:] or "unknown"), 20.0)
    assert rig.source.bank is not None


@pytest.mark.parametrize("rate_hz", [10.0, 80.0])
def test_a_mat_at_either_rate_of_its_converters_is_known_and_loses_nothing(rate_hz: float) -> None:
    rig = Rig(rate_hz=rate_hz)
    rig.run(10.0)
    state = rig.mail.take_json("state")[-1]
    assert "unknown" not in {zone["level"] for zone in state["zones"].values()}
    assert (state["lost"], state["alarms"]) == (0, [])
    assert abs(state["seq"] - 10 * rate_hz) <= rate_hz
    assert rig.mail.take("event") == []


def test_info_is_sent_again_when_the_clock_becomes_right() -> None:
    rig = Rig(rate_hz=10.0)
    rig.mail.sent.clear()
    rig.run(61.0)
    assert rig.mail.take("info") == []
    rig.synchronised = True
    rig.run(61.0)
    (info,) = rig.mail.take_json("info")
    assert info["clock_synchronised"] is True
    first, right = info["wall"]
    assert first == {"t_s": 1000.0, "wall_s": 1.8e9 + 1000.0, "synchronised": False}
    assert right["synchronised"]
    assert right["wall_s"] - right["t_s"] == 1.8e9
    assert info["wall_not_before_s"] == 1.7e9


def test_what_nobody_has_seen_is_kept_until_somebody_has() -> None:
    rig = Rig()
    rig.run(3)

    def press_until_raised() -> bool:
        rig.ask("sim.press", zone="l_heel_lat", seconds=2)
        return any(each.rule == "limit" for each in (rig.kept or [Kept()])[-1].latched)

    rig.run_until(press_until_raised)
    (kept,) = rig.kept[-1].latched
    assert (kept.zone, kept.rule, kept.priority) == ("l_heel_lat", "limit", "high")
    rig.ask("alarm.ack")
    rig.run(0.1)
    # From elsewhere it is seen, and yet somebody beside the mat must see it too.
    assert [each.rule for each in rig.kept[-1].latched] == ["limit"]
    rig.ask("alarm.ack", beside=True)
    rig.run(0.1)
    assert rig.kept[-1].latched == ()


def test_zero_is_kept_once_a_second() -> None:
    rig = Rig()
    rig.run(3.0)
    assert 3 <= len(rig.zeros) <= 5
    assert rig.zeros[-1] is not None
    assert rig.zeros[-1].offset_mn == (0,) * len(LAYOUT.spec.cell)


def test_a_tare_of_the_running_mat_is_told_and_kept() -> None:
    rig = Rig(person=EMPTY)
    before = rig.mail.take_json("info")[0]["calibration_id"]
    refusal = rig.sampler.tare("2026-11-25")
    assert isinstance(refusal, Refusal)
    rig.run(4.0)
    tared = rig.sampler.tare("2026-11-25")
    assert isinstance(tared, Tared)
    assert rig.tared == [tared.calibration]
    (info,) = rig.mail.take_json("info")
    assert info["calibration_id"] == tared.calibration.id != before


def test_who_stands_on_the_mat_cannot_tare_it() -> None:
    rig = Rig()
    rig.run(6.0)
    for confirmed in (False, True):
        refusal = rig.sampler.tare("2026-11-25", confirmed=confirmed)
        assert isinstance(refusal, Refusal)
    assert rig.tared == []


def test_the_log_tells_more_and_less_on_command(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(rate_hz=10.0)
    # Put back at the end of the test.
    caplog.set_level("INFO")
    caplog.handler.setLevel("DEBUG")
    assert rig.ask("log.level", level="debug")["ok"]
    assert level_now() == "debug"
    rig.run(1.1)
    assert "event=sent topic=state" in caplog.messages
    assert rig.ask("log.level", level="info")["ok"]
    caplog.clear()
    rig.run(1.1)
    assert caplog.messages == []
    assert not rig.ask("log.level", level="loud")["ok"]
    assert level_now() == "info"
