"""A person's profile as a TOML file, or what the configuration says instead of one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.errors import MatError
from core.profiles import Profile
from core.toml_text import toml_fault
from pi.files import read_settings

if TYPE_CHECKING:
    from pi.config import Config


def read_profile(path: Path) -> Profile:
    """Read a profile.

    Raises
    ------
    MatError
        One line with the file and the reason.
    """
    text = ""
    try:
        text = read_settings(path)
        return msgspec.convert(tomllib.loads(text), Profile)
    except OSError as error:
        raise MatError(f"{path}: profile: {error.strerror}") from None
    except msgspec.ValidationError as error:
        raise MatError(f"{path}: profile: {error}") from None
    # Too many digits or brackets are plain ValueError or RecursionError.
    except (ValueError, RecursionError) as error:
        raise MatError(f"{path}: profile: {toml_fault(error, text)}") from None


def profile_of(config: Config) -> Profile:
    """Profile of who is on the mat of a configuration."""
    mat = config.mat
    if mat.profile:
        return read_profile(Path(mat.profile))
    return Profile(mode=mat.mode, foot_mm=mat.foot_mm)
