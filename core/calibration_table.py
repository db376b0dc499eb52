"""The guided calibration as a table of states.

| phase     | input   | goes on to |                                                            |
|-----------|---------|------------|------------------------------------------------------------|
| WAITING   | READY   | MEASURING  | the mat is as the prompt asks                              |
| MEASURING | STEADY  | WAITING    | measured; there is another step                            |
| MEASURING | LATE    | WAITING    | a minute without a steady window: the same step again      |
| MEASURING | FITTED  | REVIEW     | the last step of a plate, and its cells can be fitted      |
| MEASURING | UNFIT   | REFUSED    | they cannot                                                |
| REVIEW    | ACCEPT  | WAITING    | the next plate                                             |
| REVIEW    | FINISH  | DONE       | it was the last plate                                      |
| REVIEW    | REPEAT  | WAITING    | the first step of this plate                               |
| REFUSED   | REPEAT  | WAITING    | the same                                                   |
| all four  | ABORT   | ABORTED    | nothing is kept                                            |

Whoever uses it gives READY, ACCEPT, REPEAT and ABORT; the rest it finds out from the frames.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Phase(Enum):
    """Where the dialogue stands."""

    WAITING = auto()
    MEASURING = auto()
    REVIEW = auto()
    REFUSED = auto()
    DONE = auto()
    ABORTED = auto()


class Input(Enum):
    """What moves it on."""

    READY = auto()
    STEADY = auto()
    LATE = auto()
    FITTED = auto()
    UNFIT = auto()
    ACCEPT = auto()
    FINISH = auto()
    REPEAT = auto()
    ABORT = auto()


TABLE: dict[tuple[Phase, Input], Phase] = {
    (Phase.WAITING, Input.READY): Phase.MEASURING,
    (Phase.MEASURING, Input.STEADY): Phase.WAITING,
    (Phase.MEASURING, Input.LATE): Phase.WAITING,
    (Phase.MEASURING, Input.FITTED): Phase.REVIEW,
    (Phase.MEASURING, Input.UNFIT): Phase.REFUSED,
    (Phase.REVIEW, Input.ACCEPT): Phase.WAITING,
    (Phase.REVIEW, Input.FINISH): Phase.DONE,
    (Phase.REVIEW, Input.REPEAT): Phase.WAITING,
    (Phase.REFUSED, Input.REPEAT): Phase.WAITING,
    (Phase.WAITING, Input.ABORT): Phase.ABORTED,
    (Phase.MEASURING, Input.ABORT): Phase.ABORTED,
    (Phase.REVIEW, Input.ABORT): Phase.ABORTED,
    (Phase.REFUSED, Input.ABORT): Phase.ABORTED,
}


class Step(NamedTuple):
    """One state of the mat that is to be measured.

    Attributes
    ----------
    cells : tuple of int
        Cells whose run it belongs to; one, but for the empty plate before all of its cells.
    mass_kg : float
        On top of that cell; 0: the mat is empty.
    """

    cells: tuple[int, ...]
    mass_kg: float


class Live(NamedTuple):
    """What is seen while a step is measured.

    Attributes
    ----------
    counts : int
        Newest reading of the step's first cell.
    moved_pct : float
        How far that is from the empty cell, % of the converter's span; 0 before that is known.
    share : float
        How much of the window has been seen, 0 to 1.
    why : str
        What it waits for; empty while the window fills.
    """

    counts: int
    moved_pct: float
    share: float
    why: str
