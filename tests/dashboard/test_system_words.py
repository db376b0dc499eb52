"""The words of the room System: what is known, what needs a look, and never "well" unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from core import wire
from dashboard.messages import LinkOut, ReplyOut
from dashboard.rooms.system_answers import answer_of
from dashboard.rooms.system_keeping import Keeping, lines_of, remarks_of
from dashboard.rooms.system_mats import Heard
from dashboard.rooms.system_view import Found, SystemView, system_view
from dashboard.store.backups import LastBackup
from dashboard.store.condition import Condition, MatCondition, Space
from dashboard.store.logs import LogHealth, LogRow
from dashboard.store.mats import Mat, UnknownMat
from dashboard.telling import size
from dashboard.web import Web
from tests.dashboard.support import MAT, OTHER_BOOT, make_info, make_state

if TYPE_CHECKING:
    from dashboard.messages import MatLink

NOW = datetime(2026, 12, 1, 10, 42, tzinfo=UTC)
WHOLE = LogHealth(1_204, 0, 0, 0, 0)
HALL = MatCondition(Mat(MAT, "Hall", 1.0, 2.0), WHOLE, LogRow(1, "00ff", 1_204, 0, 0))
ATTIC = MatCondition(Mat("attic", "", 1.0, None), LogHealth(0, 0, 0, 0, 0), None)
FAULT = wire.Alarm(
    "cell_noisy", "l_toes", "fault", "medium", "raised", 1.0, None, None, over=True,
    instruction="Check the cable under your left toes", reason="The readings jump about.",
)  # fmt: skip
SILENT: dict[str, Any] = {"state": None}


def heard(**changed: Any) -> Heard:  # noqa: ANN401 - any field
    """A mat with which all is well, but for what is changed."""
    return Heard(LinkOut(broker=True, mat="online"), make_info(), make_state())._replace(**changed)


def view(*mats: MatCondition, of: Heard | None = None, kept: Keeping | None = None) -> SystemView:
    return system_view(Found(mats, kept), MAT, of or heard(), NOW)


def info(**changed: Any) -> wire.Info:  # noqa: ANN401
    return msgspec.structs.replace(make_info(), **changed)


def test_all_is_well_is_said_of_what_is_known_only() -> None:
    assert view(HALL).sentence == "All is well with 1 mat"
    assert view(HALL).remarks == ()
    assert view(HALL, ATTIC).sentence == (
        "All is well with 1 mat. Of 1 more only the record is known"
    )
    assert view(ATTIC).sentence == "How the mats are is not known here"
    assert view().sentence == "There is no mat yet"


LINK_GONE = LinkOut(broker=False, mat="unknown")
OFFLINE = LinkOut(broker=True, mat="offline")


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (heard(**SILENT), "Nothing comes from Hall"),
        (heard(link=OFFLINE, **SILENT), "Nothing comes from Hall"),
        (heard(link=LINK_GONE, **SILENT), "no line to the broker"),
        (heard(info=None), "not said yet what it is"),
        (heard(info=make_info(OTHER_BOOT)), "not said yet what it is"),
        (heard(info=info(clock_synchronised=False)), "Nothing keeps the clock of Hall right"),
        (heard(info=info(calibrated_on="2025-11-30")), "Hall was calibrated 366 days ago."),
        (heard(info=info(calibrated_on="2026-12-02")), "When Hall was calibrated is not known."),
        (heard(info=info(calibrated_on="")), "When Hall was calibrated is not known."),
        (
            heard(state=msgspec.structs.replace(make_state(), alarms=(FAULT,))),
            "Check the cable under your left toes.",
        ),
    ],
)
def test_what_is_not_well_needs_a_look(of: Heard, told: str) -> None:
    shown = view(HALL, of=of)
    assert shown.sentence == "One thing needs a look"
    (remark,) = shown.remarks
    assert told in remark.words
    assert remark.more


def test_a_calibration_of_a_year_ago_still_holds() -> None:
    of = heard(info=info(calibrated_on="2025-12-01"))
    assert view(HALL, of=of).sentence == "All is well with 1 mat"
    assert dict(view(HALL, of=of).mats[0].lines)["Calibration"] == "Of 2025-12-01, 365 days old"


@pytest.mark.parametrize(
    ("mat", "words"),
    [
        ("online", "Heard now"),
        ("offline", "Said good-bye, or was cut off"),
        ("unknown", "Not heard"),
    ],
)
def test_what_a_mat_last_said_is_told_as_such(mat: MatLink, words: str) -> None:
    online = mat == "online"
    of = heard(link=LinkOut(broker=True, mat=mat), state=make_state() if online else None)
    (shown,) = view(HALL, of=of).mats
    lines = dict(shown.lines)
    assert lines["Link"].startswith(words)
    assert "; last record " in lines["Link"]
    assert (shown.is_heard, shown.is_known) == (online, online)
    for label in ("Clock", "Calibration", "Software"):
        assert lines[label].endswith(" (as it last said)") == (not online)
    assert "a simulated mat" in lines["Software"]


def test_a_fault_is_told_with_its_advice_and_its_place() -> None:
    of = heard(state=msgspec.structs.replace(make_state(), alarms=(FAULT,)))
    (shown,) = view(HALL, of=of).mats
    assert shown.alarms == (
        ("Check the cable under your left toes.", "The readings jump about. (left foot: toes)"),
    )
    # Of a mat that is not heard nobody knows what stands.
    assert view(HALL, of=heard(**SILENT)).mats[0].alarms == ()


def test_of_a_mat_that_is_only_recorded_nothing_else_is_told() -> None:
    _, attic = view(HALL, ATTIC).mats
    assert attic.lines == (
        ("Link", "Not watched live by this dashboard; no record yet"),
        ("Clock, calibration, faults", "Not known here"),
        ("Record", "0 here, 0 lost"),
        ("Its log", "Nothing has come yet"),
    )
    assert (attic.name, attic.is_known) == ("attic", False)


def test_a_record_that_is_not_whole_needs_a_look() -> None:
    broken = HALL._replace(
        health=LogHealth(10, 3, 2, 1, 4),
        log=HALL.log._replace(wanting=1, forked=1) if HALL.log else None,
    )
    shown = view(broken)
    counted = "10 here, 3 lost, 1 damaged, 4 not understood, 2 of another history"
    assert shown.remarks[0].words == f"The record of Hall is not whole: {counted}."
    assert dict(shown.mats[0].lines)["Its log"] == (
        "Next is number 1,204; what is missing before that has been asked for; "
        "it has split: the card of the mat was put back once"
    )
    # Another history takes nothing away.
    assert view(HALL._replace(health=LogHealth(10, 0, 2, 0, 0))).remarks == ()


def keeping(**changed: Any) -> Keeping:  # noqa: ANN401
    """A dashboard that is well kept, but for what is changed."""
    return Keeping(
        condition=Condition((HALL,), (), 3, 0),
        space=Space(6_400_000, 20_000_000_000),
        backup=LastBackup(NOW.timestamp() - 7 * 86_400, "/mnt/usb/copy.db", 6_100_000),
        keep_frames_days=None,
        failing=None,
        web=Web(8080, certificate="c.pem", key="c.key"),
        certificate_ends=NOW + timedelta(days=30, hours=1),
    )._replace(**changed)


def test_a_dashboard_that_is_well_kept_needs_no_look() -> None:
    assert remarks_of(keeping(), NOW) == ()
    assert view(HALL, kept=keeping()).sentence == "All is well with 1 mat"
    lines = dict(lines_of(keeping(), NOW))
    assert lines["Sessions"] == "3 sessions; figures are kept for ever, frames for ever"
    assert lines["Store"] == "6.4 MB, 20.0 GB free on its disk"
    assert lines["Last backup"].endswith(", 6.1 MB, to /mnt/usb/copy.db")
    assert "holds 30 more days, until 2026-12-31" in lines["Connection to browsers"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"failing": "disk is full"}, "Nothing is recorded now"),
        ({"condition": Condition((), (), 3, 1)}, "1 session without figures"),
        (
            {"condition": Condition((), (UnknownMat("x", 1, 2, 3),), 3, 0)},
            "A mat that is not known sends",
        ),
        ({"space": Space(1, 500_000_000)}, "nearly full: 500 MB are free"),
        ({"backup": None}, "No backup has been noted."),
        ({"backup": LastBackup(NOW.timestamp() - 8 * 86_400, "f", 1)}, "backup is 8 days old"),
        ({"certificate_ends": NOW + timedelta(days=30)}, "certificate holds 30 more days"),
        ({"certificate_ends": NOW - timedelta(hours=1)}, "certificate holds no longer"),
        ({"certificate_ends": None}, "cannot be read"),
    ],
)
def test_what_is_not_well_kept_needs_a_look(changed: dict[str, Any], told: str) -> None:
    (remark,) = remarks_of(keeping(**changed), NOW)
    assert told in remark.words
    assert remark.more


def test_a_store_without_sessions_needs_no_backup() -> None:
    fresh = keeping(condition=Condition((), (), 0, 0), backup=None, keep_frames_days=90)
    assert remarks_of(fresh, NOW) == ()
    lines = dict(lines_of(fresh, NOW))
    assert lines["Last backup"] == "None has been noted"
    assert lines["Sessions"] == "0 sessions; figures are kept for ever, frames for 90 days"


@pytest.mark.parametrize(
    ("web", "told"),
    [
        (Web(8080), "Plain text, without TLS"),
        (Web(8080, proxy="127.0.0.1"), "By a proxy; its certificate is not known here"),
        (
            Web(8080, certificate="c", key="k"),
            "TLS; until when its certificate holds cannot be read",
        ),
    ],
)
def test_how_browsers_come_is_told(web: Web, told: str) -> None:
    kept = keeping(web=web, certificate_ends=None)
    assert dict(lines_of(kept, NOW))["Connection to browsers"] == told


def test_those_who_do_not_keep_the_dashboard_see_nothing_of_it() -> None:
    shown = view(HALL)
    assert (shown.lines, shown.unknown) == ((), ())


@pytest.mark.parametrize(
    ("verb", "result", "told"),
    [
        (
            "identify",
            {"light": True, "sound": True, "missing": {}},
            "shines blue for six seconds. It sounds",
        ),
        (
            "identify",
            {"light": False, "sound": True, "missing": {}},
            "taken by an alarm, or does not work. It",
        ),
        (
            "selftest",
            {"light": True, "sound": False, "missing": {"buzzer": "pin 4 is taken"}},
            "or does not work. buzzer: pin 4 is taken.",
        ),
        ("tare", {"calibration_id": "c2"}, "is zero now. Calibration c2."),
        ("log.level", None, "It writes so from now on"),
        ("tare", None, "The mat says that it is done, and no more."),
        ("selftest", {"light": "yes"}, "The mat says that it is done, and no more."),
    ],
)
def test_what_a_mat_answers_is_told(verb: str, result: object, told: str) -> None:
    answer = answer_of(verb, ReplyOut("a", ok=True, result=result))
    assert answer.is_done
    assert told in answer.text


def test_why_a_mat_refuses_stands_in_its_own_words() -> None:
    answer = answer_of("tare", ReplyOut("a", ok=False, error="the mat is loaded"))
    assert (answer.is_done, answer.text) == (False, "Not done: the mat is loaded.")


def test_sizes_are_told_in_two_digits_or_three() -> None:
    assert [size(n) for n in (0, 340_000, 12_400_000, 4_520_000_000)] == [
        "0.0 MB", "0.3 MB", "12 MB", "4.5 GB",
    ]  # fmt: skip
