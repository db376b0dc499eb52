"""Wrong passwords take longer and longer, for an account and for an address; none is locked out.

An address has its turns one after the other, the next the further away the more of its attempts
were wrong; whoever would wait too long is sent away at once. An account makes each attempt wait a
little, whoever tries: at most `LONGEST_ACCOUNT_S`, so that its owner, from elsewhere, always
comes in. Nothing is known of a name that nobody has: it is slowed as any other.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FREE = 3
"""So many wrong attempts cost nothing: people mistype."""

FIRST_S = 0.5
LONGEST_ADDRESS_S = 60.0
LONGEST_ACCOUNT_S = 4.0
LONGEST_WAIT_S = 10.0
"""Whoever would wait longer for the turn of an address is told to come back."""

FORGOTTEN_AFTER_S = 1800.0
MOST_KEPT = 10_000
"""Addresses, and accounts, that are remembered; beyond, the one that was quiet longest goes."""

MOST_DOUBLINGS = 10


def gap_s(n_wrong: int, longest_s: float) -> float:
    """Time between attempts after so many wrong ones, s."""
    if n_wrong < FREE:
        return 0.0
    doubled: int = 2 ** min(n_wrong - FREE, MOST_DOUBLINGS)
    return min(FIRST_S * doubled, longest_s)


def network(address: str) -> str:
    """Find what counts as one address: of IPv6 the /64 that one home has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))


@dataclass
class _Tries:
    n_wrong: int = 0
    free_at_s: float = 0.0
    at_s: float = 0.0


class Table:
    """Wrong attempts by key, of those that were made lately.

    Parameters
    ----------
    clock : callable
        Monotonic s.
    longest_s : float
        The longest gap, s.
    most : int
        So many keys are remembered.
    """

    def __init__(self, clock: Callable[[], float], longest_s: float, most: int = MOST_KEPT) -> None:
        self._clock, self._longest_s, self._most = clock, longest_s, most
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def wait_s(self, key: str) -> float:
        """How long the next attempt is to wait for its turn, s."""
        tries = self._get(key)
        return max(tries.free_at_s - self._clock(), 0.0) if tries else 0.0

    def gap_s(self, key: str) -> float:
        """How far turns are apart now, s."""
        tries = self._get(key)
        return gap_s(tries.n_wrong if tries else 0, self._longest_s)

    def begin(self, key: str) -> None:
        """Count an attempt as wrong, and take the turn: a hundred at once are no quicker."""
        now_s = self._clock()
        tries = self._get(key) or _Tries()
        tries.n_wrong += 1
        tries.free_at_s = max(tries.free_at_s, now_s) + gap_s(tries.n_wrong, self._longest_s)
        tries.at_s = now_s
        self._tries[key] = tries
        self._tries.move_to_end(key)
        if len(self._tries) > self._most:
            self._tries.popitem(last=False)

    def was_right(self, key: str) -> None:
        """Take back that an attempt counts as wrong; those before it stay."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.n_wrong -= 1

    def _get(self, key: str) -> _Tries | None:
        tries = self._tries.get(key)
        if tries is not None and self._clock() - tries.at_s > FORGOTTEN_AFTER_S:
            del self._tries[key]
            return None
        return tries


class Delays:
    """How long an attempt to sign in waits.

    Parameters
    ----------
    clock : callable
        Monotonic s.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._addresses = Table(clock, LONGEST_ADDRESS_S)
        self._accounts = Table(clock, LONGEST_ACCOUNT_S)

    def begin(self, account: str, address: str) -> float | None:
        """Begin an attempt.

        Parameters
        ----------
        account : str
            What was typed, folded; it need not be anybody's.
        address : str

        Returns
        -------
        float or None
            How long it is to wait, s; None: too long, it is not to be tried at all.
        """
        place = network(address)
        wait_s = self._addresses.wait_s(place)
        if wait_s > LONGEST_WAIT_S:
            return None
        wait_s = max(wait_s, self._accounts.gap_s(account))
        self._addresses.begin(place)
        self._accounts.begin(account)
        return wait_s

    def again_s(self, address: str) -> float:
        """How long until an address may try again, s."""
        return self._addresses.wait_s(network(address))

    def was_right(self, account: str, address: str) -> None:
        """Take that an attempt was right: it does not count."""
        self._addresses.was_right(network(address))
        self._accounts.was_right(account)
