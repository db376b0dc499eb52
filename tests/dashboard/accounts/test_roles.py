from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.accounts.roles import OPEN, PERMISSIONS, ROLES, SIGNED_IN, VERBS, may, may_send
from pi.verbs import VERBS as MAT_VERBS

TABLE = {
    # permission: owner clinician caregiver person
    "live.watch": "yes yes yes yes",
    "alarm.silence": "yes yes yes yes",
    "session.lead": "yes yes yes yes",
    "routine.keep": "yes yes yes no",
    "person.choose": "yes yes yes yes",
    "mat.press": "yes yes yes yes",
    "mat.tare": "yes yes yes no",
    "mat.keep": "yes no no no",
    "limits.tighten": "yes yes yes yes",
    "limits.loosen": "no yes no no",
    "people.see": "yes yes yes yes",
    "people.add": "yes no no no",
    "share.give": "yes no no yes",
    "account.manage": "yes no no no",
    "audit.read": "yes no no no",
    "system.see": "yes yes yes yes",
    "system.keep": "yes no no no",
}
"""As docs/accounts.md has it: changed on purpose, or not at all."""


def test_who_may_what() -> None:
    assert {
        permission: " ".join("yes" if may(role, permission) else "no" for role in ROLES)
        for permission in PERMISSIONS
    } == TABLE


def test_the_docs_have_the_same_table() -> None:
    lines = Path("docs/accounts.md").read_text("utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    told = {row[0].strip("`"): " ".join(row[1:5]) for row in rows if len(row) > 4}
    assert told == TABLE


def test_what_is_not_listed_nobody_may() -> None:
    for role in ROLES:
        assert may(role, OPEN)
        assert may(role, SIGNED_IN)
        assert not may(role, "")
        assert not may(role, "everything")
        assert not may_send(role, "watch")
        assert not may_send(role, "reboot")
    assert not may("admin", SIGNED_IN)
    assert not may("", "live.watch")


def test_each_verb_of_a_mat_has_its_permission() -> None:
    assert set(VERBS) == set(MAT_VERBS) - {"watch"}
    assert set(VERBS.values()) <= set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_silence_an_alarm_and_end_a_session(role: str) -> None:
    assert all(may_send(role, verb) for verb in ("alarm.ack", "session.stop", "routine.stop"))
