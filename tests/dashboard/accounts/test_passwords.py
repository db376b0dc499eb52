from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from dashboard.accounts import passwords
from dashboard.accounts.passwords import Hasher, weakness

GOOD = "a mat for cold feet"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "at least 10"),
        ("ninechars", "at least 10"),
        ("x" * 201, "at most 200"),
        ("1234567890", "first that somebody would guess"),
        ("Password123!", "first that somebody would guess"),
        ("QWERTYUIOP", "first that somebody would guess"),
        ("qwertyuiop99", "first that somebody would guess"),
        ("ababababababab", "first that somebody would guess"),
        ("margaret2026", "first that somebody would guess"),
        ("ｐａｓｓｗｏｒｄ２０２６", "first that somebody would guess"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, says: str) -> None:
    assert says in (weakness(password, ("margaret@example.org", "Margaret")) or "")


@pytest.mark.parametrize(
    "password", [GOOD, "tenletters", "ünïcödé wörds", "x7!kQ2$wq9", " " + GOOD]
)
def test_length_is_all_that_is_asked_for(password: str) -> None:
    assert weakness(password, ("margaret", "")) is None


def test_a_hash_has_the_parameters_and_fits_only_its_password() -> None:
    async def scenario() -> None:
        hasher = Hasher()
        hashed = await hasher.hash(GOOD)
        found = extract_parameters(hashed)
        assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == (
            "ID", 19456, 2, 1,
        )  # fmt: skip
        assert await hasher.verify(hashed, GOOD)
        assert not await hasher.verify(hashed, GOOD + " ")
        assert not await hasher.verify("no hash", GOOD)
        assert not hasher.is_old(hashed)
        assert hasher.is_old(PasswordHasher(1, 8192, 1).hash(GOOD))

    asyncio.run(scenario())


def test_one_character_typed_in_two_ways_is_one_password() -> None:
    async def scenario() -> None:
        hasher = Hasher()
        assert await hasher.verify(await hasher.hash("caf\u00e9 au lait"), "cafe\u0301 au lait")

    asyncio.run(scenario())


def test_nobodys_password_costs_as_much_and_never_fits() -> None:
    found = extract_parameters(passwords._NOBODYS)
    assert found == extract_parameters(Hasher().hash_now(GOOD))
    assert not asyncio.run(Hasher().verify(None, ""))


def test_only_one_is_hashed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0
    guard = threading.Lock()
    real = Hasher.hash_now

    def counted(hasher: Hasher, password: str) -> str:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        hashed = real(hasher, password)
        with guard:
            inside -= 1
        return hashed

    monkeypatch.setattr(Hasher, "hash_now", counted)

    async def scenario() -> None:
        hasher = Hasher()
        await asyncio.gather(*(hasher.hash(GOOD) for _ in range(4)))

    asyncio.run(scenario())
    assert most == 1
