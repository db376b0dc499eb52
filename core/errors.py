"""Errors that core raises. Each says what is wrong, where, and what to do, in one line."""


class MatError(Exception):
    """Anything reflexmat reports to a person as one line instead of a traceback."""


class LayoutError(MatError, ValueError):
    """A mat layout that cannot be used."""


class FrameError(MatError, ValueError):
    """Frames of the wrong shape, or time going back."""


class CalibrationError(MatError, ValueError):
    """A calibration that does not fit its mat."""


class MessageError(MatError, ValueError):
    """A message from outside that is not what the protocol says."""


class RecordingError(MatError, ValueError):
    """A recording that cannot be read; the message names file and line."""


class ProfileError(MatError, ValueError):
    """A profile that cannot hold on this mat, or loosens more than anyone may."""
