"""What the room System shows to somebody, and the one sentence that it opens with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.accounts import sight
from dashboard.accounts.roles import may
from dashboard.rooms.system_keeping import Keeping, lines_of, remarks_of
from dashboard.rooms.system_mats import MatView, Remark, view_of
from dashboard.store.backups import last_backup
from dashboard.store.condition import condition_of, mat_condition, space_of
from dashboard.telling import several

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.config import Config
    from dashboard.rooms.system_mats import Heard
    from dashboard.store.accounts import Account
    from dashboard.store.condition import MatCondition
    from dashboard.store.mats import UnknownMat
    from dashboard.store.repository import Store


class Found(NamedTuple):
    """What the store tells for one account.

    Attributes
    ----------
    mats : tuple of MatCondition
        Those that it may watch.
    keeping : Keeping or None
        For whom `system.keep` is.
    """

    mats: tuple[MatCondition, ...]
    keeping: Keeping | None


class SystemView(NamedTuple):
    """What the page shows.

    Attributes
    ----------
    sentence : str
    mats : tuple of MatView
    remarks : tuple of Remark
        All that needs a look.
    lines : tuple of (str, str)
        Of the dashboard itself; empty for those who do not look after it.
    unknown : tuple of UnknownMat
    """

    sentence: str
    mats: tuple[MatView, ...]
    remarks: tuple[Remark, ...]
    lines: tuple[tuple[str, str], ...]
    unknown: tuple[UnknownMat, ...]


def find(
    store: Store,
    account: Account,
    config: Config,
    failing: str | None,
    certificate_ends: datetime | None,
) -> Found:
    """Look into the store, and at its disk, for somebody."""
    if not may(account.role, "system.keep"):
        known = (mat for mat in store.mats.known() if sight.sees_mat(store, account, mat.id))
        return Found(tuple(mat_condition(store, mat) for mat in known), None)
    condition, path = condition_of(store), config.store_path
    keeping = Keeping(
        condition, space_of(path), last_backup(path), config.store.keep_frames_days,
        failing, config.web, certificate_ends,
    )  # fmt: skip
    return Found(condition.mats, keeping)


def system_view(found: Found, shown: str, heard: Heard, now: datetime) -> SystemView:
    """Put it all into words.

    Parameters
    ----------
    found : Found
    shown : str
        Id of the mat that is shown live.
    heard : Heard
        What is known of that one.
    now : datetime
        With a time zone: that of the dates that people see.
    """
    mats = tuple(
        view_of(each, heard if each.mat.id == shown else None, now.date()) for each in found.mats
    )
    own = remarks_of(found.keeping, now) if found.keeping else ()
    remarks = (*(remark for mat in mats for remark in mat.remarks), *own)
    return SystemView(
        sentence=sentence(mats, len(remarks)),
        mats=mats,
        remarks=remarks,
        lines=lines_of(found.keeping, now) if found.keeping else (),
        unknown=found.keeping.condition.unknown if found.keeping else (),
    )


def sentence(mats: Sequence[MatView], n_remarks: int) -> str:
    """Say how it all is: "all is well" only of what is known."""
    if n_remarks:
        return "One thing needs a look" if n_remarks == 1 else f"{n_remarks} things need a look"
    if not mats:
        return "There is no mat yet"
    n_known = sum(mat.is_known for mat in mats)
    if not n_known:
        return "How the mats are is not known here"
    rest = len(mats) - n_known
    more = f". Of {rest} more only the record is known" if rest else ""
    return f"All is well with {several(n_known, 'mat')}{more}"
