"""What the engine found in a batch of frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.balance import Balance
from core.frames import join_force_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.frames import ForceFrames
    from core.presence import SessionChange
    from core.rules import AlarmEvent


@dataclass(frozen=True)
class Update:
    """What the engine found in a batch of frames.

    Attributes
    ----------
    frames : ForceFrames
        As fed.
    value_cn : ndarray of int64, shape (n_frames, n_zones)
        Last valid force of each zone, 0.01 N.
    status : ndarray of uint8, shape (n_frames, n_zones)
        Bits of `ZoneStatus`.
    balance : Balance
    events : tuple of AlarmEvent
        In order of time.
    sessions : tuple of SessionChange
        Sessions that began or ended, in order of time.
    """

    frames: ForceFrames
    value_cn: NDArray[np.int64]
    status: NDArray[np.uint8]
    balance: Balance
    events: tuple[AlarmEvent, ...]
    sessions: tuple[SessionChange, ...] = ()


def join_updates(parts: list[Update]) -> Update:
    """Put updates one after the other; at least one."""
    balances = [part.balance for part in parts]
    return Update(
        join_force_frames([part.frames for part in parts]),
        np.concatenate([part.value_cn for part in parts]),
        np.concatenate([part.status for part in parts]),
        Balance(
            np.concatenate([b.total_cn for b in balances]),
            np.concatenate([b.left_share_pct for b in balances]),
            np.concatenate([b.cop_mm for b in balances]),
        ),
        tuple(event for part in parts for event in part.events),
        tuple(change for part in parts for change in part.sessions),
    )
