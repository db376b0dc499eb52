"""A mat put together from its files: what the last daemon left is what this one begins with."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec
import pytest

from core.layout import load_layout
from core.profiles import People, Profile
from core.zero_tracking import ZeroKept
from drivers.base import VirtualClock
from drivers.converter import true_calibration
from pi import run
from pi.banks import make_empty_bank
from pi.calibration_file import load
from pi.config import load_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.wire import SessionRecord
    from pi.daemon import Sampler
    from pi.handover import Message

LAYOUT = load_layout("starter8")
MADE_FOR = true_calibration(LAYOUT, 1, "").made_for


class Nobody:
    """A courier without another process."""

    def __init__(self, _start: object) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def poll(self, _now_s: float, _limit: int) -> list[Message]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Sampler], None]], None]:
    """Start a daemon in the folder, let it do something, and end it in order."""
    (tmp_path / "mat.toml").write_text('[mat]\nlayout = "starter8"\n')
    monkeypatch.setattr(run, "Courier", Nobody)

    def start(act: Callable[[Sampler], None]) -> None:
        with ExitStack() as stack:
            act(run.build(load_config(tmp_path / "mat.toml"), VirtualClock(1000.0), stack))

    return start


def test_the_budget_of_zero_tracking_outlives_the_daemon(
    started: Callable[[Callable[[Sampler], None]], None], tmp_path: Path
) -> None:
    started(lambda sampler: sampler.run_pass())
    file = tmp_path / "zero.json"
    first = msgspec.json.decode(file.read_bytes(), type=ZeroKept)
    assert first.offset_mn == (0,) * 10
    left = msgspec.structs.replace(first, offset_mn=(400, *[0] * 9), drifted=("l_heel",))
    file.write_bytes(msgspec.json.encode(left))
    seen = []

    def look(sampler: Sampler) -> None:
        sampler.run_pass()
        seen.append(sampler._engine.zero_kept())
        assert [alarm.raised.rule for alarm in sampler._engine.active] == ["zero_drift"]

    started(look)
    assert seen == [left]
    assert msgspec.json.decode(file.read_bytes(), type=ZeroKept) == left


def test_an_expired_calibration_is_said_and_a_rehearsal_is_kept(
    started: Callable[[Callable[[Sampler], None]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spec = msgspec.structs.replace(true_calibration(LAYOUT, 1, "2020-01-01"), tared_on="2020-01-02")
    (tmp_path / "calibration.json").write_bytes(msgspec.json.encode(spec))
    with caplog.at_level(logging.WARNING):
        started(lambda sampler: sampler.run_pass())
    assert "expired" not in caplog.text  # made-up cells have no date to be past
    assert load(tmp_path / "calibration.json", LAYOUT, spec.made_for).spec == spec
    monkeypatch.setattr(run, "expired", lambda _on, _today: True)
    with caplog.at_level(logging.WARNING):
        started(lambda sampler: sampler.run_pass())
    assert "event=calibration_expired" in caplog.text


@pytest.mark.parametrize(("lead_s", "answer"), [(0.0, "refused"), (4.0, "done")])
def test_the_button_tares_the_empty_mat_and_is_refused_otherwise(
    started: Callable[[Callable[[Sampler], None]], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lead_s: float,
    answer: str,
) -> None:
    monkeypatch.setattr(run, "make_bank", make_empty_bank)
    given = []

    def hold_the_button(sampler: Sampler) -> None:
        until_s = sampler._clock.now_s() + lead_s
        while sampler._clock.now_s() < until_s:
            sampler.run_pass()
        given.append(run._tare(sampler))

    started(hold_the_button)
    assert given == [answer]
    tared_on = load(tmp_path / "calibration.json", LAYOUT, MADE_FOR).spec.tared_on
    assert bool(tared_on) == (answer == "done")


def test_who_was_enrolled_holds_after_a_restart_whatever_the_configuration_says(
    started: Callable[[Callable[[Sampler], None]], None], tmp_path: Path
) -> None:
    file = tmp_path / "people.json"
    versions = []

    def look(sampler: Sampler) -> None:
        sampler.run_pass()
        versions.append(sampler._engine.limits.version)

    (tmp_path / "who.toml").write_text("version = 4\n")
    (tmp_path / "mat.toml").write_text('[mat]\nlayout = "starter8"\nprofile = "who.toml"\n')
    started(look)
    assert not file.exists()
    ann = Profile(version=9, classes={"l_toes": 2})
    file.write_bytes(msgspec.json.encode(People({"ann": ann}, had_one=True)))
    started(look)
    file.write_bytes(b"{")

    def see_class_2(sampler: Sampler) -> None:
        look(sampler)
        assert set(sampler._engine.limits.classes.tolist()) == {2}
        assert [alarm.raised.rule for alarm in sampler._engine.active] == ["profile_missing"]

    started(see_class_2)
    assert versions == [4, 9, 1]


def test_a_session_in_which_the_daemon_ended_is_known_to_the_next(
    started: Callable[[Callable[[Sampler], None]], None],
) -> None:
    told: list[SessionRecord] = []
    seen_us: list[int] = []

    def run_for_a_while(sampler: Sampler) -> None:
        assert sampler._guide
        sampler._guide.sessions.tell_to(told.append)
        until_s = sampler._clock.now_s() + 3.0
        while sampler._clock.now_s() < until_s:
            sampler.run_pass()
        assert sampler._guide.sessions.current
        seen_us.append(sampler._guide.sessions.current.seen_us)

    started(run_for_a_while)
    started(run_for_a_while)
    first, aborted, second = told
    assert (aborted.id, aborted.ended_by, len(aborted.id)) == (first.id, "aborted", 32)
    # How far it had come is kept when the daemon ends in order.
    assert aborted.seen_us == seen_us[0] > first.begin_us
    assert (second.id != first.id, second.boot_id != first.boot_id) == (True, True)
