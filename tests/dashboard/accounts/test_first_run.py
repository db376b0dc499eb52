from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboard.accounts.first_run import FirstRunError, SetUpCode, write_code

if TYPE_CHECKING:
    from pathlib import Path


def test_the_code_is_the_operators_and_fits_until_it_is_spent(tmp_path: Path) -> None:
    path = tmp_path / "set-up-code"
    path.write_text("of an earlier start")
    path.chmod(0o644)
    code = write_code(path, "s3cret")
    assert path.read_text() == "s3cret\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert code.fits(" s3cret\n")
    assert not code.fits("s3cre")
    assert not code.fits("\udcff")
    code.spend()
    assert not code.fits("s3cret")
    assert not code.fits("")
    assert not path.exists()


def test_without_a_code_nothing_fits(tmp_path: Path) -> None:
    assert not SetUpCode("", tmp_path / "none").fits("")


def test_what_cannot_be_written_or_removed_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(FirstRunError, match=r"set-up-code: No such file"):
        write_code(tmp_path / "nowhere" / "set-up-code", "s3cret")
    SetUpCode("s3cret", tmp_path).spend()
    assert "cannot be removed" in caplog.text
