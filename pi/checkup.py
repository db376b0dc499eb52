"""What `reflexmat doctor` asks with: the mat that is looked at, and what one check may find."""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pi.config import load_config
from pi.layouts import find_layout
from pi.wallclock import clock_synchronised

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.layout import MatLayout
    from pi.config import Config

State = Literal["ok", "warning", "failed", "not applicable"]

OK: State = "ok"
NOT_APPLICABLE: State = "not applicable"


class Finding(NamedTuple):
    """What a check found.

    Attributes
    ----------
    state : str
    text : str
        One line: what is so.
    advice : str
        One line: what to do; empty where there is nothing to do.
    """

    state: State
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Machine:
    """The computer that is looked at; the defaults are this one.

    Attributes
    ----------
    now : callable
        Wall time.
    now_s : callable
        Monotonic seconds.
    synchronised : callable
        Whether something keeps the wall clock right.
    load : callable
        Imports a module by name.
    system, devices : Path
        Where the kernel tells about itself, and its devices.
    patience_s : float
        Longest wait for each step of reaching the broker.
    """

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    now_s: Callable[[], float] = time.monotonic
    synchronised: Callable[[], bool] = clock_synchronised
    load: Callable[[str], Any] = importlib.import_module
    system: Path = Path("/sys")
    devices: Path = Path("/dev")
    patience_s: float = 5.0


@dataclass(frozen=True)
class Mat:
    """The mat that is looked at; what it needs is read once, when first asked for.

    Attributes
    ----------
    path : Path
        Its configuration file.
    machine : Machine
    """

    path: Path
    machine: Machine = Machine()

    @cached_property
    def config(self) -> Config:
        """Configuration; ConfigError if it cannot be used."""
        return load_config(self.path)

    @cached_property
    def layout(self) -> MatLayout:
        """Layout; LayoutError if it cannot be used."""
        return find_layout(self.config.mat.layout)

    @property
    def folder(self) -> Path:
        """Data directory."""
        return Path(self.config.data.dir)
