"""`reflexmat calibrate` and `tare` on a simulated mat, end to end, and every way out of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from rich.prompt import Prompt

from core.calibration import decode_calibration
from core.engine import Engine
from core.layout import load_layout
from core.profiles import People, Profile
from core.units import NEWTON_PER_KGF
from drivers.base import VirtualClock
from drivers.converter import true_calibration
from drivers.person import Person
from drivers.scenario import EMPTY
from drivers.simulator import Simulator
from pi import calibrate, idle_mat, tare
from pi.calibration_file import CalibrationKeeper, load, save
from pi.calibration_file import calibrate as calibration_of
from pi.command_line import FAILED, WRONG_USE, main
from pi.files import hold
from pi.people_file import PEOPLE_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.calibration import CalibrationSpec
    from core.frames import CellFrames
    from core.layout import MatLayout
    from drivers.base import Clock

LAYOUT = load_layout("starter8")
SEED = 1
TRUTH = true_calibration(LAYOUT, SEED, "2026-01-01")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mat.toml"
    path.write_text('[mat]\nlayout = "starter8"\n[data]\ndir = "data"\n')
    (tmp_path / "data").mkdir()
    return path


def file_of(config: Path) -> Path:
    return config.parent / "data" / "calibration.json"


def put(config: Path, spec: CalibrationSpec) -> bytes:
    content = msgspec.json.encode(spec)
    file_of(config).write_bytes(content)
    return content


def one_line(text: str) -> str:
    return text.splitlines()[-1]


def test_a_rehearsal_finds_the_made_up_cells(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["calibrate", "--config", str(config), "--mass", "5", "40", "--yes", "--json"]
    assert main([*arguments, "--name", "Ada", "--repeat", "2"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert "simulated mat: putting 40 kg on cell 10" in told.err
    assert [row["cell"] for row in found["cells"]] == list(range(1, 11))
    assert found["expires_on"] > found["calibrated_on"]
    calibration = load(file_of(config), LAYOUT, TRUTH.made_for)
    assert calibration.id == found["calibration_id"]
    for row, truth, cell in zip(found["cells"], TRUTH.cells, calibration.spec.cells, strict=True):
        sweep_n = np.linspace(0, row["range_n"], 100)
        exact = truth.zero_counts + truth.counts_per_n * sweep_n
        error_n = np.abs((exact - cell.zero_counts) / cell.counts_per_n - sweep_n)
        assert error_n.max() <= row["bound_n"] < 0.0005 * 490
        assert row["by"] == "Ada"
        assert row["repeatability_n"] is not None
        assert row["masses_kg"] == [0, 5, 40, 5, 5, 40, 5, 0]


def test_some_cells_only_and_the_others_stay(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = put(config, TRUTH)
    arguments = ["calibrate", "--config", str(config), "--cell", "4", "3", "--mass", "20", "--yes"]
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert "Certificate" in told.out
    assert "holds until" in told.out
    # One mass: what was not measured is a dash.
    assert "–" in told.out
    after = load(file_of(config), LAYOUT, TRUTH.made_for).spec
    changed = [a != b for a, b in zip(after.cells, TRUTH.cells, strict=True)]
    assert [at + 1 for at, one in enumerate(changed) if one] == [3, 4]
    assert after.calibrated_on == "2026-01-01"
    kept = list(file_of(config).parent.glob("calibration-*.json"))
    assert [path.read_bytes() for path in kept] == [before]
    assert kept[0].name == f"calibration-{decode_calibration(before, LAYOUT, 'x').id}.json"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mass", "60"], "60 kg is more than its capacity"),
        (["--mass", "-1"], "is no mass"),
        (["--mass", "20", "--cell", "11"], "no cell 11; there are 10"),
        (["--mass", "20", "--cell", "3"], "no usable calibration for the other cells"),
        (["--mass", "20", "--cell", "4"], "cell 5 lies under the same plate"),
        (["--mass", "0.5"], "1 % is needed; put the mass right on top"),
        (["--mass", "20", "20.5"], "two loads differ by"),
    ],
)
def test_refusals_are_one_line_and_change_nothing(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["calibrate", "--config", str(config), "--yes", *arguments]) == FAILED
    line = one_line(capsys.readouterr().err)
    assert line.startswith("reflexmat: ")
    assert words in line
    assert not file_of(config).exists()


def test_yes_needs_a_mass(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["calibrate", "--config", str(config), "--yes"])
    assert caught.value.code == WRONG_USE
    with pytest.raises(SystemExit):
        main(["calibrate", "--config", str(config), "--repeat", "0"])
    assert "--yes needs --mass" in capsys.readouterr().err


class Answers:
    """Someone at the terminal."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.asked: list[tuple[str, list[str] | None]] = []

    def __call__(self, question: str, *, choices: list[str] | None = None, **_: object) -> str:
        self.asked.append((question, choices))
        if not self.words:
            raise EOFError
        return self.words.pop(0)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answers]:
    def give(*words: str) -> Answers:
        someone = Answers(*words)
        monkeypatch.setattr(Prompt, "ask", someone)
        # No waiting: the simulated mat's time jumps although somebody is asked.
        monkeypatch.setattr(idle_mat, "SystemClock", VirtualClock)
        return someone

    return give


def test_a_person_is_asked_for_masses_and_may_repeat_accept_or_abort(
    config: Path, answers: Callable[..., Answers], capsys: pytest.CaptureFixture[str]
) -> None:
    put(config, TRUTH)
    someone = answers("5 20,5", "repeat", "accept")
    assert main(["calibrate", "--config", str(config), "--cell", "3"]) == 0
    assert [choices for _, choices in someone.asked] == [None, *[["accept", "repeat", "abort"]] * 2]
    assert "putting 20.5 kg on cell 3" in capsys.readouterr().err
    before = file_of(config).read_bytes()
    answers("20", "abort")
    assert main(["calibrate", "--config", str(config), "--cell", "3"]) == FAILED
    assert "aborted; the calibration is as it was" in capsys.readouterr().err
    assert file_of(config).read_bytes() == before
    answers("twenty")
    assert main(["calibrate", "--config", str(config), "--cell", "3"]) == FAILED
    assert "'twenty': no mass in kg" in capsys.readouterr().err
    answers()
    assert main(["calibrate", "--config", str(config), "--cell", "3"]) == FAILED
    assert "give --mass and --yes" in capsys.readouterr().err


def test_a_refused_fit_is_repeated_or_aborted(
    config: Path, answers: Callable[..., Answers], capsys: pytest.CaptureFixture[str]
) -> None:
    put(config, TRUTH)
    someone = answers("repeat", "abort")
    arguments = ["calibrate", "--config", str(config), "--cell", "3", "--mass", "20", "20.5"]
    assert main(arguments) == FAILED
    assert [choices for _, choices in someone.asked] == [["repeat", "abort"]] * 2
    assert "two loads differ" in capsys.readouterr().err


class RealMat(Simulator):
    """A mat that does not put weights on by itself; someone does, more or less."""

    def __init__(self, layout: MatLayout, clock: Clock) -> None:
        super().__init__(layout, Person(layout, 62.0, 1, EMPTY), clock, 80.0, SEED)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[RealMat]:
    """Let the command think that the bank is no simulator."""
    made: list[RealMat] = []

    def make(_config: object, layout: MatLayout, clock: Clock) -> RealMat:
        made.append(RealMat(layout, clock))
        return made[-1]

    monkeypatch.setattr(idle_mat, "make_empty_bank", make)
    monkeypatch.setattr(idle_mat.IdleMat, "simulated", property(lambda _: None))
    monkeypatch.setattr(idle_mat.IdleMat, "made_for", property(lambda _: ""))
    monkeypatch.setattr(idle_mat, "SystemClock", VirtualClock)
    return made


def test_a_person_puts_the_mass_on_and_presses_enter(
    config: Path, real: list[RealMat], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(config, msgspec.structs.replace(TRUTH, made_for=""))
    load_n = iter([0.0, 20 * NEWTON_PER_KGF, 0.0])

    def ask(_question: str, *, choices: list[str] | None = None, **_: object) -> str:
        if choices:
            return "accept"
        real[0].place(2, next(load_n))
        return ""

    monkeypatch.setattr(Prompt, "ask", ask)
    assert main(["calibrate", "--config", str(config), "--cell", "3", "--mass", "20"]) == 0
    told = capsys.readouterr()
    assert "Put 20 kg right on top of cell 3 (left Arch, l_arch, DOUT on GPIO16)." in told.err
    assert load(file_of(config), LAYOUT).spec.cells[2].counts_per_n == pytest.approx(
        TRUTH.cells[2].counts_per_n, rel=1e-3
    )


def test_a_mass_that_never_comes_is_asked_for_again_then_aborted(
    config: Path, real: list[RealMat], answers: Callable[..., Answers],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(config, msgspec.structs.replace(TRUTH, made_for=""))
    someone = answers("", "", "a")
    assert main(["calibrate", "--config", str(config), "--cell", "3", "--mass", "20"]) == FAILED
    told = capsys.readouterr().err
    assert len(someone.asked) == 3
    assert "put the mass right on top of it" in " ".join(told.split())
    assert real


def test_a_tare_sets_what_moved_and_shows_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = tuple(
        msgspec.structs.replace(cell, zero_counts=cell.zero_counts - 0.5 * cell.counts_per_n)
        for cell in TRUTH.cells
    )
    put(config, msgspec.structs.replace(TRUTH, cells=cells))
    assert main(["tare", "--config", str(config), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["moved_n"] for row in found["cells"]] == pytest.approx([0.5] * 10, abs=0.005)
    after = load(file_of(config), LAYOUT, TRUTH.made_for)
    assert after.id == found["calibration_id"]
    assert after.zero_counts == pytest.approx([c.zero_counts for c in TRUTH.cells], abs=20)
    assert after.reference_zero_counts.tolist() == [c.zero_counts for c in cells]
    assert main(["tare", "--config", str(config), "--yes"]) == 0
    told = capsys.readouterr()
    assert "from calibration N" in told.out
    assert "simulated mat: nobody stands on it" in told.err


def test_what_is_touched_is_told_by_who_is_enrolled_as_in_the_daemon(config: Path) -> None:
    with idle_mat.IdleMat(config, hurry=True) as mat:
        of_config, folder = mat.contact_n, mat.path.parent
    small = People({"ann": Profile(foot_mm=(200.0, 70.0))}, had_one=True)
    (folder / PEOPLE_FILE).write_bytes(msgspec.json.encode(small))
    with idle_mat.IdleMat(config, hurry=True) as mat:
        assert (mat.contact_n < of_config).all()
        expected = Engine(mat.layout, small).limits.contact_cn / 100
        assert mat.contact_n.tolist() == expected.tolist()


def test_a_far_zero_asks_and_a_script_confirms(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = list(TRUTH.cells)
    cells[1] = msgspec.structs.replace(
        cells[1], zero_counts=cells[1].zero_counts - 3 * cells[1].counts_per_n
    )
    before = put(config, msgspec.structs.replace(TRUTH, cells=tuple(cells)))
    assert main(["tare", "--config", str(config), "--json"]) == FAILED
    line = one_line(capsys.readouterr().err)
    assert "cell 2: +3.0 N from the calibration's zero" in line
    assert "(--yes confirms it); the zero stays as it was" in line
    assert file_of(config).read_bytes() == before
    monkeypatch.setattr(idle_mat, "SystemClock", VirtualClock)
    for answer, code in ((False, FAILED), (True, 0)):
        monkeypatch.setattr(tare, "_says_yes", lambda _, said=answer: said)
        assert main(["tare", "--config", str(config)]) == code
    put(config, msgspec.structs.replace(TRUTH, cells=tuple(cells)))
    assert main(["tare", "--config", str(config), "--yes"]) == 0


def test_a_tare_gives_up_on_a_mat_that_does_not_rest(
    config: Path, real: list[RealMat], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = put(config, msgspec.structs.replace(TRUTH, made_for=""))
    read = idle_mat.IdleMat.read

    def restless(mat: idle_mat.IdleMat) -> CellFrames:
        frames = read(mat)
        real[0].place(2, float(frames.seq[-1] % 3))
        return frames

    monkeypatch.setattr(idle_mat.IdleMat, "read", restless)
    assert main(["tare", "--config", str(config), "--yes"]) == FAILED
    assert "cell 3: not steady" in one_line(capsys.readouterr().err)
    assert file_of(config).read_bytes() == before


@pytest.mark.parametrize("command", [["tare"], ["calibrate", "--mass", "20", "--yes"]])
def test_the_daemon_comes_first(
    config: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    with hold(config.parent / "data" / "daemon.lock", "daemon"):
        assert main([*command, "--config", str(config)]) == FAILED
    line = one_line(capsys.readouterr().err)
    assert "the daemon holds this mat; stop it first" in line
    assert "button for 3 s" in line


def test_a_replay_has_nothing_to_set(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text('[bank]\nkind = "replay"\nfile = "x.csv"\n[data]\ndir = "data"\n')
    assert main(["tare", "--config", str(config)]) == FAILED
    assert "a replay has made-up cells" in one_line(capsys.readouterr().err)


def test_damaged_and_foreign_files_are_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    whole = msgspec.json.encode(msgspec.structs.replace(TRUTH, made_for=""))
    for content, words in (
        (None, "never calibrated; run reflexmat calibrate"),
        (b"", "Input data was truncated"),
        (whole[:-9], "truncated"),
        (b"\xff\xfe", "damaged, not text"),
        (b"x" * 2_000_000, "larger than 1 MB"),
        (whole.replace(LAYOUT.hash.encode(), b"0" * 16), "calibrate it again"),
        (msgspec.json.encode(TRUTH), "made for made-up cells, seed 1, this mat has real cells"),
    ):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(Exception, match=words) as caught:
            load(file, LAYOUT)
        assert str(caught.value).startswith(str(file))
        assert len(str(caught.value).splitlines()) == 1
    file.write_bytes(whole)
    assert load(file, LAYOUT).spec.made_for == ""
    with pytest.raises(Exception, match="made for real cells, this mat has made-up cells, seed 1"):
        load(file, LAYOUT, TRUTH.made_for)


def test_a_simulated_daemon_keeps_a_rehearsal_and_puts_other_cells_aside(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"

    def start(seed: int) -> str:
        bank = Simulator(LAYOUT, Person(LAYOUT, 62.0), VirtualClock(), seed=seed)
        return calibration_of(bank, file, "2026-11-25").id

    first = start(1)
    rehearsed = msgspec.structs.replace(TRUTH, calibrated_on="2026-11-24", tared_on="2026-11-24")
    save(file, rehearsed, LAYOUT)
    assert start(1) not in ("", first)
    assert load(file, LAYOUT, TRUTH.made_for).spec == rehearsed
    start(2)
    assert load(file, LAYOUT, "made-up cells, seed 2").spec.tared_on == ""
    # A real calibration, and even rubbish, is never lost.
    real = msgspec.json.encode(msgspec.structs.replace(TRUTH, made_for=""))
    for content in (real, b"rubbish"):
        file.write_bytes(content)
        start(1)
        kept = [path.read_bytes() for path in tmp_path.glob("calibration-*.json")]
        assert content in kept


def test_a_tare_of_the_running_mat_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "calibration.json"
    bank = Simulator(LAYOUT, Person(LAYOUT, 62.0), VirtualClock(), seed=SEED)
    calibration = calibration_of(bank, file, "2026-11-25")
    keeper = CalibrationKeeper(file)
    keeper.keep(calibration)
    keeper.close()
    assert load(file, LAYOUT, TRUTH.made_for).id == calibration.id
    keeper = CalibrationKeeper(tmp_path / "nowhere" / "calibration.json")
    keeper.keep(calibration)
    keeper.close()
    assert "tare_not_kept" in caplog.text


def test_the_clock_of_a_real_mat_is_looked_at(
    config: Path, real: list[RealMat], answers: Callable[..., Answers],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    put(config, msgspec.structs.replace(TRUTH, made_for=""))
    monkeypatch.setattr(calibrate, "clock_synchronised", lambda: False)
    answers("a")
    assert main(["calibrate", "--config", str(config), "--mass", "20"]) == FAILED
    assert "clock of this machine is not set" in capsys.readouterr().err
    assert real
