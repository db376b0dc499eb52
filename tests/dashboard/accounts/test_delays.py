from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.accounts import delays
from dashboard.accounts.delays import Delays, Table, gap_s, network
from tests.dashboard.support import Clock

ATTACKER, CLINIC = "203.0.113.7", "198.51.100.2"


def attack(table: Delays, clock: Clock, address: str, seconds: float) -> int:
    """Try as often as an address may for so long; return how many tries that were."""
    n_tries, end_s = 0, clock.now_s + seconds
    while clock.now_s < end_s:
        wait_s = table.begin("dr", address)
        if wait_s is None:
            clock.now_s += max(table.again_s(address) - delays.LONGEST_WAIT_S, 0.01)
            continue
        n_tries += 1
        clock.now_s += wait_s
    return n_tries


def test_a_few_mistakes_cost_nothing_and_more_cost_twice_as_much_each() -> None:
    assert [gap_s(n, 60.0) for n in range(12)] == [0, 0, 0, 0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def test_brute_force_from_one_address_gets_one_try_a_minute() -> None:
    clock = Clock()
    table = Delays(clock)
    attack(table, clock, ATTACKER, 3600.0)
    assert attack(table, clock, ATTACKER, 3600.0) <= 61


def test_a_hundred_at_once_are_no_quicker() -> None:
    table = Delays(Clock())
    waits_s = [table.begin(f"name{n}", ATTACKER) for n in range(100)]
    assert waits_s[:7] == [0, 0, 0, 0.5, 1.5, 3.5, 7.5]
    assert waits_s[7:] == [None] * 93


@given(st.lists(st.sampled_from([f"203.0.113.{n}" for n in range(40)]), max_size=200))
def test_the_clinician_comes_in_from_elsewhere_whatever_is_tried(attacks: list[str]) -> None:
    clock = Clock()
    table = Delays(clock)
    for address in attacks:
        table.begin("dr", address)
        wait_s = table.begin("dr", CLINIC)
        assert wait_s is not None
        assert wait_s <= delays.LONGEST_ACCOUNT_S
        table.was_right("dr", CLINIC)
        clock.now_s += delays.LONGEST_ACCOUNT_S


def test_right_passwords_in_a_row_never_wait() -> None:
    table = Delays(Clock())
    for _ in range(50):
        assert table.begin("dr", CLINIC) == 0
        table.was_right("dr", CLINIC)


def test_a_right_password_forgives_nothing_before_it() -> None:
    clock = Clock()
    table = Delays(clock)
    for _ in range(6):
        table.begin("dr", ATTACKER)
    clock.now_s += 60
    table.begin("mallory", ATTACKER)
    table.was_right("mallory", ATTACKER)
    clock.now_s += 60
    table.begin("dr", ATTACKER)
    assert table.again_s(ATTACKER) == gap_s(7, 60.0)


def test_a_name_that_nobody_has_is_slowed_alike() -> None:
    table = Delays(Clock())
    waits_s = {name: [table.begin(name, f"192.0.2.{n}") for n in range(9)] for name in ("dr", "x")}
    assert waits_s["dr"] == waits_s["x"]
    assert waits_s["dr"][-1] == delays.LONGEST_ACCOUNT_S


def test_what_was_long_ago_is_forgotten() -> None:
    clock = Clock()
    table = Delays(clock)
    for _ in range(6):
        table.begin("dr", ATTACKER)
    clock.now_s += delays.FORGOTTEN_AFTER_S + 1
    assert table.begin("dr", ATTACKER) == 0


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    table = Table(Clock(), 60.0, most=3)
    for key in ("a", "a", "a", "b", "a", "c", "d"):
        table.begin(key)
    assert len(table) == 3
    assert table.gap_s("a") == 1.0, "it was not quiet longest"
    assert table.wait_s("b") == 0


def test_a_home_with_ipv6_is_one_address() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network("2001:db8:1:3::9") != network("2001:db8:1:2::9")
    assert network("192.0.2.1") == "192.0.2.1"
    assert network("somewhere" * 20) == ("somewhere" * 20)[:64]
