from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from dashboard.__main__ import main
from dashboard.accounts.deeds import Doer
from dashboard.accounts.inviting import accept
from dashboard.store.repository import open_store
from tests.dashboard.accounts.served import look, populate, store_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    file = tmp_path / "dashboard.toml"
    file.write_text(
        '[web]\nport = 8080\nnames = ["mat.example.org"]\nproxy = "127.0.0.1"\n'
        '[broker]\nhost = "127.0.0.1"\n[mat]\nid = "demo"\n'
    )

    def run_command(*words: str) -> tuple[int, str, str]:
        code = main(["user", "--config", str(file), *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


def test_the_first_owner_is_made_by_a_link(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, _ = run("add", "--name", "Ann", "--role", "owner")
    found = re.match(r"https://mat\.example\.org/invitation\?token=(\S+)\n", out)
    assert code == 0
    assert found
    store = open_store(store_path(tmp_path))
    accept(store, Doer(time.time()), found[1], "ann", "hash")
    store.close()
    assert run("list") == (0, "ann  owner  Ann\n", "")


def test_accounts_are_changed_from_the_computer(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    populate(tmp_path)
    assert run("role", "CARL", "clinician")[0] == 0
    assert run("disable", "cleo")[0] == 0
    code, out, _ = run("list")
    assert out.splitlines() == [
        "carl  clinician  Carl",
        "cleo  clinician  Cleo  closed",
        "olga  owner  Olga",
        "paul  person  Paul  person p-paul",
    ]
    assert run("enable", "cleo")[1] == "cleo: may sign in again\n"
    code, out, _ = run("password", "paul")
    assert (code, "/invitation?token=" in out) == (0, True)
    told = look(tmp_path, lambda store: [(e.did, e.account) for _, e in store.audit.page(None, 4)])
    assert told == [
        ("invited", None),
        ("account_enabled", None),
        ("account_disabled", None),
        ("role_changed", None),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("disable", "nobody"), "nobody: nobody signs in with that; see user list"),
        (("disable", "olga"), "only owner"),
        (("role", "olga", "person"), "who uses a mat"),
        (("add", "--name", "X", "--role", "person"), "who uses a mat"),
        (("add", "--name", "X", "--role", "caregiver", "--person", "p-zoe"), "agreed"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]], words: tuple[str, ...], says: str
) -> None:
    populate(tmp_path)
    code, _, error = run(*words)
    assert code == 1
    assert error.startswith("reflexmat-dashboard: ")
    assert says in error
    assert error.count("\n") == 1
    assert look(tmp_path, lambda store: len(store.invitations.open(time.time()))) == 0
