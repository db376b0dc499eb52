"""Chunks of a second to chunks of a minute: the same frames in less room. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.chunk import Chunk

LONGEST_US = 60 * US_PER_S
MOST_VALUES = 250_000
"""Frames times zones in one, so that it stays below what a chunk may unpack to."""


def compacted(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Join what follows on one another without a hole, and belongs to the same."""
    runs: list[list[Chunk]] = []
    for chunk in chunks:
        if runs and _goes_on(runs[-1], chunk):
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return [_joined(run) for run in runs]


def _goes_on(run: list[Chunk], chunk: Chunk) -> bool:
    first, last = run[0], run[-1]
    n_values = sum(part.force_cn.size for part in run) + chunk.force_cn.size
    return (
        last.head == chunk.head
        and not chunk.resumed
        and last.force_cn.shape[1] == chunk.force_cn.shape[1]
        and last.seq + len(last.t_us) == chunk.seq
        and chunk.t_us[-1] - first.t_us[0] < LONGEST_US
        and n_values <= MOST_VALUES
    )


def _joined(run: list[Chunk]) -> Chunk:
    return replace(
        run[0],
        t_us=np.concatenate([part.t_us for part in run]),
        force_cn=np.concatenate([part.force_cn for part in run]),
        status=np.concatenate([part.status for part in run]),
    )
