"""A person's profile as a TOML file: read whole, or refused with file and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import MatError, ProfileError
from core.layout import load_layout
from core.profiles import LimitEdit, Profile
from pi.config import Config, MatConfig
from pi.profile_file import profile_of, read_profile

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
version = 7
mode = "standing"
foot_mm = [250, 95]
body_mass_kg = 70
unset_class = 0

[classes]
l_toes = 2
r_heel_lat = 3

[edits.l_arch_med]
who = "Dr A"
when = "2026-11-01"
why = "scar"
limit_kpa = 180

[caps_kpa]
l_mth1 = 120.5
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "ann.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_field_is_read(tmp_path: Path) -> None:
    assert read_profile(written(tmp_path, WHOLE)) == Profile(
        version=7,
        mode="standing",
        foot_mm=(250.0, 95.0),
        body_mass_kg=70.0,
        classes={"l_toes": 2, "r_heel_lat": 3},
        unset_class=0,
        edits={"l_arch_med": LimitEdit("Dr A", "2026-11-01", "scar", limit_kpa=180.0)},
        caps_kpa={"l_mth1": 120.5},
    )


def test_an_empty_file_is_a_profile_of_class_1(tmp_path: Path) -> None:
    assert read_profile(written(tmp_path, "")) == Profile()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 0", "version"),
        ("unset_class = 4", "unset_class"),
        ("nose = 1", "nose"),
        ("[classes]\nl_toes = 5", "classes"),
        ("[edits.l_toes]\nlimit_kpa = 180", "who"),
        ('[edits.l_toes]\nwho = ""\nwhen = "x"\nwhy = "x"', "who"),
        ("[caps_kpa]\nl_toes = -1", "caps_kpa"),
        ("body_mass_kg = inf", "body_mass_kg"),
        ("body_mass_kg = nan", "body_mass_kg"),
        ("mode = 'lying'", "mode"),
        ("version = 1\nversion = 2", "line 2"),
        ("version =", "line 1: not TOML"),
        ("version = " + "[" * 3000, "not TOML"),
        ("version = " + "1" * 5000, "not TOML"),
        (b"mode = '\xff'", "UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(
    text: str | bytes, words: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(MatError) as caught:
        read_profile(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: profile: ")
    assert words.lower() in message.lower()
    assert "\n" not in message


def test_a_file_that_is_not_there_or_a_folder_is_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nobody.toml", tmp_path):
        with pytest.raises(MatError, match=f"{path}: profile: "):
            read_profile(path)


def test_bounds_are_looked_at_by_the_engine(tmp_path: Path) -> None:
    """The file may say anything that a profile may hold; no engine takes it beyond the bounds."""
    loose = WHOLE.replace("limit_kpa = 180", "limit_kpa = 401")
    profile = read_profile(written(tmp_path, loose))
    with pytest.raises(ProfileError, match="zone l_arch_med: limit_kpa 401 is above 400"):
        Engine(load_layout("full16"), profile)


def test_a_configuration_names_a_file_or_says_it_itself(tmp_path: Path) -> None:
    mat = MatConfig(mode="standing", foot_mm=(250.0, 95.0))
    assert profile_of(Config(mat=mat)) == Profile(mode="standing", foot_mm=(250.0, 95.0))
    named = MatConfig(mode="seated", profile=str(written(tmp_path, WHOLE)))
    assert profile_of(Config(mat=named)).mode == "standing"
