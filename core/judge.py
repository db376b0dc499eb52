"""Frames in, updates out: counts to forces, forces to verdicts, block by block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.balance import Scales
from core.cells import Cells, full_cn, plain_view
from core.drift import DRIFT
from core.errors import FrameError, MatError
from core.frames import ZoneStatus, check_rising
from core.standing import Standing
from core.steadiness import Recent
from core.units import CN_PER_N, to_us
from core.update import Update, join_updates
from core.zeroing import Refusal, tare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from core.alarms import Look, Safety
    from core.calibration import Calibration
    from core.frames import CellFrames, CellView, ForceFrames
    from core.layout import MatLayout
    from core.zero_tracking import ZeroKept
    from core.zeroing import Tared
    from core.zone_limits import ZoneLimits

BLOCK_FRAMES = 4096
"""Longer batches are worked through in blocks of this many frames, to keep memory small."""

_VALID, _CONTACT, _UNKNOWN = (
    np.uint8(flag) for flag in (ZoneStatus.VALID, ZoneStatus.CONTACT, ZoneStatus.UNKNOWN)
)


class Judge:
    """Feeds the frames of one mat to its rules.

    Parameters
    ----------
    layout : MatLayout
    safety : Safety
    limits : ZoneLimits
    calibration : Calibration or None

    Attributes
    ----------
    standing : Standing
    calibration : Calibration or None
        A tare makes another one of it.
    """

    def __init__(
        self,
        layout: MatLayout,
        safety: Safety,
        limits: ZoneLimits,
        calibration: Calibration | None,
    ) -> None:
        self._safety = safety
        self.standing = Standing(safety)
        self.calibration = calibration
        self._cells = None if calibration is None else Cells(calibration, limits.contact_cn)
        self._recent = Recent()
        self._scales = Scales(layout)
        self._last_t_us: int | None = None
        self._full_cn = full_cn(layout)
        self._take(limits)

    def adopt(self, limits: ZoneLimits) -> None:
        """Take the limits of another profile."""
        if self._cells:
            self._cells.set_contact(limits.contact_cn)
        self._take(limits)

    def _take(self, limits: ZoneLimits) -> None:
        self._contact_cn = limits.contact_cn
        self._excluded = limits.excluded * np.uint8(ZoneStatus.EXCLUDED)

    def feed(self, frames: CellFrames) -> Update:
        """Judge frames of a bank.

        Parameters
        ----------
        frames : CellFrames
            At least one, later than all before.

        Raises
        ------
        MatError
            If there is no calibration.
        FrameError
            If time goes back.
        CalibrationError
            If the number of cells differs.
        """
        if self._cells is None:
            raise MatError("no calibration: this engine takes forces only")
        if not len(frames):
            raise FrameError("no frame to judge")
        self._cells.check(frames)
        t_us = to_us(frames.t_s)
        check_rising(t_us, self._last_t_us)
        self._recent.add(frames)
        if len(frames) <= BLOCK_FRAMES:
            return self._joined([self._block_of_cells(self._cells, t_us, frames)])
        parts = []
        for start in range(0, len(frames), BLOCK_FRAMES):
            which = slice(start, start + BLOCK_FRAMES)
            parts.append(self._block_of_cells(self._cells, t_us[which], frames[which]))
        return self._joined(parts)

    def feed_forces(self, frames: ForceFrames, cells: CellView | None = None) -> Update:
        """Judge frames of forces, for instance of a recording.

        Parameters
        ----------
        frames : ForceFrames
            At least one, later than all before.
        cells : CellView, optional
            What the cells say beside them; left out: nothing is wrong with any.

        Raises
        ------
        FrameError
            If time goes back, or there is no frame.
        """
        if not len(frames):
            raise FrameError("no frame to judge")
        check_rising(frames.t_us, self._last_t_us)
        parts = []
        for start in range(0, len(frames), BLOCK_FRAMES):
            which = slice(start, start + BLOCK_FRAMES)
            part = frames[which]
            view = cells[which] if cells else plain_view(part, self._full_cn)
            look = self._safety.look(part, view)
            parts.append(self._judge(part, look, view.conditions))
        return self._joined(parts)

    def tare(self, tared_on: str, *, confirmed: bool = False) -> Tared | Refusal:
        """Take the mat as it lies there now for empty, if that is certain enough.

        Parameters
        ----------
        tared_on : str
            Date or date and time, ISO 8601.
        confirmed : bool
            A person says that the mat is empty, however far it has drifted.

        Returns
        -------
        Tared or Refusal
            `Tared`: the new calibration holds from the next frame on, `zero_drift` is cleared.

        Raises
        ------
        MatError
            If there is no calibration.
        """
        if self.calibration is None or self._cells is None:
            raise MatError("no calibration: there is no zero to set")
        window, contact_n = self._recent.window(), self._contact_cn / CN_PER_N
        tared = tare(self.calibration, window, tared_on, contact_n, confirmed=confirmed)
        if isinstance(tared, Refusal):
            return tared
        self.calibration = tared.calibration
        self._cells.tare(tared.calibration, self._contact_cn)
        events = tuple(self._safety.clear_fault(DRIFT, self._last_t_us or 0))
        for event in events:
            self.standing.note(event)
        return replace(tared, events=events)

    @property
    def zero_uncertainty_n(self) -> NDArray[np.float64] | None:
        """Shape (n_zones,): how far the zero of each zone may be off; None without calibration."""
        return None if self._cells is None else self._cells.zero.uncertainty_n

    def zero_kept(self) -> ZeroKept | None:
        """Say what zero tracking has done, to be kept over a restart; None without calibration."""
        return None if self._cells is None else self._cells.zero.kept()

    def restore_zero(self, kept: ZeroKept) -> None:
        """Let zero tracking go on where it stood; to be called before the first frame.

        What belongs to another calibration, or another tare, is passed over.
        """
        if self._cells is not None:
            self._cells.zero.restore(kept)

    def _block_of_cells(self, cells: Cells, t_us: NDArray[np.int64], block: CellFrames) -> Update:
        forces, view, drifted = cells.feed(t_us, block)
        look = self._safety.look(forces, view)
        conditions = cells.health.feed(t_us, block, look.contact)
        return self._judge(forces, look, {**conditions, **drifted})

    def _judge(
        self, frames: ForceFrames, look: Look, conditions: Mapping[str, NDArray[np.bool_]]
    ) -> Update:
        batch = look.batch
        balance = self._scales.weigh(batch.value_cn, look.known)
        judged = self._safety.judge(look, conditions, balance.total_cn)
        told = self.standing.follow(judged.found, judged.t_us)
        unknown = ~look.known
        status = (
            batch.valid * _VALID | look.contact * _CONTACT | unknown * _UNKNOWN | self._excluded
        )
        events = tuple(event for _, event in told)
        return Update(frames, batch.value_cn, status, balance, events, judged.sessions)

    def _joined(self, parts: list[Update]) -> Update:
        self._last_t_us = int(parts[-1].frames.t_us[-1])
        return parts[0] if len(parts) == 1 else join_updates(parts)
