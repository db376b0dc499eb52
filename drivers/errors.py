"""Errors that drivers raise, by phase.

A bad reading is a status in its frame, never an exception (DESIGN section 3); these are for what
stops a bank altogether, and for misuse::

    MatError
    +-- DriverError            a file that cannot be opened, a zone that is not there
        +-- BankStateError     use in the wrong order
            +-- BankNotStartedError   read() before start()
            +-- BankClosedError       anything after close()
"""

from __future__ import annotations

from core.errors import MatError


class DriverError(MatError):
    """A bank that cannot do what was asked."""


class BankStateError(DriverError, RuntimeError):
    """A bank used in the wrong order."""


class BankNotStartedError(BankStateError):
    """Use before `start`."""


class BankClosedError(BankStateError):
    """Use after `close`."""
