"""`reflexmat analyze`: figures of a recording, and one line for whatever is wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.layout import load_layout

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
ZONES = load_layout("full16").zone_ids
HEADER = "t_s," + ",".join(f"{zone}_n" for zone in ZONES)
HEAD = f"# layout: full16\n# rate_hz: 100\n{HEADER}\n"
ROW = ",10.0" * 16

TOP = {"duration_s", "n_frames", "rate_hz", "total_force_n", "left_share_pct", "zones", "cop",
       "events", "symmetry_index_pct", "feet", "sessions", "formulas"}  # fmt: skip
ZONE = {"max_force_n", "mean_force_n", "max_pressure_kpa", "mean_pressure_kpa", "max_peak_est_kpa",
        "fti_n_s", "pti_kpa_s", "dose_kpa_s", "contact_s", "longest_contact_s", "loaded_s",
        "longest_loaded_s"}  # fmt: skip
COP = {"n_valid", "path_mm", "path_ml_mm", "path_ap_mm", "mean_velocity_mm_s", "ellipse95_mm2",
       "rms_ml_mm", "rms_ap_mm", "range_ml_mm", "range_ap_mm", "sway_area_rate_mm2_s", "rate_hz",
       "filter", "mean_distance_mm", "ellipse95_major_mm", "ellipse95_minor_mm",
       "ellipse95_angle_deg"}  # fmt: skip
FOOT = {"max_force_n", "mean_force_n", "toes_pct", "forefoot_pct", "midfoot_pct", "heel_pct",
        "fore_pct", "max_contact_area_cm2", "mean_contact_area_cm2", "fti_n_s", "contact_s",
        "longest_contact_s", "loaded_s", "longest_loaded_s", "reliefs", "cop"}  # fmt: skip
EVENT = {"t_s", "kind", "rule", "zone", "priority", "state", "value", "limit"}

# Not ru_maxrss of getrusage: a new process takes that over from the one that started it.
PEAK_MEMORY = """
import re, sys
from pi.__main__ import main
code = main(["analyze", sys.argv[1], "--json"])
status = open("/proc/self/status").read()
print(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], file=sys.stderr)
raise SystemExit(code)
"""


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pi", "analyze", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def figures(*arguments: str | Path) -> dict[str, Any]:
    done = analyze(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(n: int = 5, start: int = 0) -> str:
    return "".join(f"{k / 100:.2f}{ROW}\n" for k in range(start, start + n))


def recording(folder: Path, text: str | bytes) -> Path:
    path = folder / "walk.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD.replace(",l_toes_n", "") + rows().replace(ROW, ROW[5:]), 3, "l_toes"),
        (HEAD.replace("l_toes_n", "l_nose_n") + rows(), 3, "l_nose"),
        (HEAD + rows() + "0.05,x" + ROW[5:] + "\n", 9, "l_toes_n"),
        (HEAD + rows() + "0.05,nan" + ROW[5:] + "\n", 9, "l_toes_n"),
        (HEAD + rows() + "0.05,inf" + ROW[5:] + "\n", 9, "l_toes_n"),
        (HEAD + rows() + "nan" + ROW + "\n", 9, "t_s"),
        (HEAD + rows() + "0.03" + ROW + "\n", 9, "t_s"),
        (HEAD + rows() + "0.04" + ROW + "\n", 9, "t_s"),
        (HEAD + rows(6000) + "0.03" + ROW + "\n", 6004, "t_s"),
        (HEAD + rows() + "0.05,1,2\n", 9, "fields"),
        (HEAD + rows() + "0.05,1e9" + ROW[5:] + "\n", 9, "l_toes_n"),
        (HEAD, 3, "no rows"),
        ("", 1, "no header"),
        ("# layout: full16\n", 2, "header"),
        ("# layout: full16\nhello\n", 2, "t_s"),
        (HEAD.replace("# layout: full16\n", "") + rows(), 1, "layout"),
        (HEAD.replace("100", "fast") + rows(), 2, "rate_hz"),
        (HEAD.encode() + rows().encode() + b"\xff\xfe\n", 9, "UTF-8"),
        (bytes(range(256)) * 50, 2, "UTF-8"),
        (b"\0" * 5000, 1, ""),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 9, 1, ""),
    ],
)
def test_a_malformed_file_is_one_line_with_file_and_line(
    tmp_path: Path, text: str | bytes, line: int, words: str
) -> None:
    path = recording(tmp_path, text)
    done = analyze(path)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    (said,) = done.stderr.splitlines()
    assert f"{path}: line {line}: " in said
    assert words in said


@pytest.mark.parametrize("make", [lambda p: p / "missing.csv", lambda p: p])
def test_what_is_no_file_is_named(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    done = analyze(path)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    (said,) = done.stderr.splitlines()
    assert str(path) in said


def test_layouts_and_profiles_that_cannot_be_used(tmp_path: Path) -> None:
    path = recording(tmp_path, HEAD + rows())
    bad = tmp_path / "bad.toml"
    bad.write_text("[[zone]]\nid = 3\n")
    lying = tmp_path / "lying.toml"
    lying.write_text('mode = "lying"\n')
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    large = tmp_path / "large.toml"
    large.write_text("#" * 1_000_001)
    deep = tmp_path / "deep.toml"
    deep.write_text("mode = " + "[" * 100_000)
    for arguments, words in (
        (("--layout", "nothing"), "nothing"),
        (("--layout", str(bad)), "line "),
        (("--layout", str(binary)), "binary.toml"),
        (("--layout", str(tmp_path)), str(tmp_path)),
        (("--layout", "starter8"), "starter8"),
        (("--profile", str(lying)), "lying.toml"),
        (("--profile", str(binary)), "binary.toml"),
        (("--profile", str(tmp_path / "none")), "none"),
        (("--profile", str(tmp_path)), "neither a file nor a pipe"),
        (("--profile", "/dev/zero"), "neither a file nor a pipe"),
        (("--profile", str(large)), "large.toml: profile: larger than 1 MB"),
        (("--profile", str(deep)), "deep.toml: profile: "),
    ):
        done = analyze(path, *arguments)
        assert done.returncode in (1, 2), arguments
        (said,) = done.stderr.splitlines()
        assert words in said
    assert analyze().returncode == 2
    assert analyze(path, "--colour").returncode == 2


def test_a_pipe_with_a_bad_line_is_refused_and_not_read_again(tmp_path: Path) -> None:
    path = recording(tmp_path, HEAD.encode() + rows().encode() + b"\xff\n")
    command = f"'{sys.executable}' -m pi analyze <(cat '{path}')"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    (said,) = done.stderr.splitlines()
    assert said.endswith("somewhere: not text (UTF-8)")


def test_a_recording_names_only_a_shipped_layout(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text((ROOT / "core/layouts/full16.toml").read_text())
    path = recording(tmp_path, HEAD.replace("full16", str(own)) + rows())
    done = analyze(path)
    assert (done.returncode, done.stdout) == (1, "")
    (said,) = done.stderr.splitlines()
    assert "may name full16, starter8, insole16, not '" in said
    assert "analyze --layout" in said
    assert figures(path, "--layout", str(own))["n_frames"] == 5


def test_json_has_the_keys_of_the_design(tmp_path: Path) -> None:
    pressed = "".join(
        f"{k / 100:.2f}," + ",".join(["300" if zone == "l_toes" else "9" for zone in ZONES]) + "\n"
        for k in range(150)
    )
    found = figures(recording(tmp_path, HEAD + pressed))
    assert set(found) == TOP
    assert set(found["total_force_n"]) == {"mean", "max"}
    assert set(found["zones"]) == set(ZONES)
    assert all(set(zone) == ZONE for zone in found["zones"].values())
    assert set(found["cop"]) == set(found["feet"]["left"]["cop"]) == COP
    assert set(found["feet"]) == {"left", "right"}
    assert all(set(foot) == FOOT for foot in found["feet"].values())
    assert (found["formulas"], found["cop"]["rate_hz"], found["cop"]["filter"]) == (1, 100, "none")
    assert found["events"]
    assert all(set(event) == EVENT for event in found["events"])
    assert (found["n_frames"], found["duration_s"], found["rate_hz"]) == (150, 1.49, 100)
    assert found["total_force_n"] == {"mean": 435.0, "max": 435.0}
    assert found["zones"]["l_toes"]["fti_n_s"] == pytest.approx(447)
    first, *_, last, of_mat = found["events"]
    assert (of_mat["rule"], of_mat["zone"], of_mat["limit"]) == ("standing_not_allowed", None, 300)
    assert (first["rule"], first["zone"], first["t_s"]) == ("advisory", "l_toes", 0.0)
    assert (last["rule"], last["zone"], last["state"]) == ("limit", "l_toes", "raised")


def test_an_empty_cell_is_no_reading_and_undefined_is_null(tmp_path: Path) -> None:
    text = HEAD + "".join(f"{k / 100:.2f}," + ",0" * 15 + "\n" for k in range(100))
    found = figures(recording(tmp_path, text))
    assert found["zones"]["l_toes"]["max_force_n"] is None
    assert found["zones"]["l_mth1"]["max_force_n"] == 0
    assert found["total_force_n"] == {"mean": None, "max": None}
    assert found["cop"]["n_valid"] == 0
    assert found["cop"]["path_mm"] is None
    assert [e["rule"] for e in found["events"]] == ["stale"]


def test_layout_and_profile_options_win(tmp_path: Path) -> None:
    path = recording(tmp_path, HEAD + rows())
    small = figures(path)["zones"]["l_toes"]["max_pressure_kpa"]
    insole = figures(path, "--layout", "insole16")["zones"]["l_toes"]["max_pressure_kpa"]
    assert small == pytest.approx(10 * 10 / (36 * 230 * 87 / (260 * 98)))
    assert insole == pytest.approx(10 * 10 / 29.1)


def test_the_table_prints(tmp_path: Path) -> None:
    done = analyze(recording(tmp_path, HEAD + rows(200)))
    assert (done.returncode, done.stderr) == (0, "")
    for word in (
        "walk.csv: 1.99 s, 200 frames, 100 Hz, formulas 1",
        "Total mean 160.0 N",
        "Sessions: started 0.00 s",
        "l_toes",
        "r_heel_lat",
        "Centre of pressure at 100 Hz, filter: none",
        "Alarms: 0 raised",
    ):
        assert word in done.stdout


def test_a_real_recording_gives_plausible_figures(shared_data: Path) -> None:
    found = figures(shared_data / "feet" / "walk_slow.csv")
    assert found["total_force_n"]["mean"] == pytest.approx(863, abs=1)
    assert found["total_force_n"]["max"] == pytest.approx(1159.5, abs=1)
    assert (found["n_frames"], found["rate_hz"]) == (2194, 100)
    assert found["left_share_pct"] == pytest.approx(49.5, abs=0.5)
    assert 5000 < found["cop"]["path_mm"] < 10_000
    assert ("warning", "raised") in {(e["rule"], e["state"]) for e in found["events"]}


def write_long(path: Path, n: int) -> None:
    """Write a long walk of 16 zones at 100 Hz."""
    rng = np.random.default_rng(1)
    step = np.abs(np.sin(np.arange(1000)[:, None] / 16 + rng.uniform(0, 6, 16))) * 90
    bodies = ["," + ",".join(f"{value:.2f}" for value in row) + "\n" for row in step]
    with path.open("w") as file:
        file.write(HEAD)
        for start in range(0, n, 10_000):
            file.write("".join(
                f"{k / 100:.2f}{bodies[k % 1000]}" for k in range(start, min(start + 10_000, n))
            ))  # fmt: skip


def peak_mb(path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY, str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_frames"] > 0
    return int(done.stderr) / 1024


@pytest.mark.timeout(300)
def test_memory_hardly_grows_with_the_length(tmp_path: Path) -> None:
    short, long = tmp_path / "short.csv", tmp_path / "long.csv"
    write_long(short, 50_000)
    write_long(long, 400_000)
    small_mb, large_mb = peak_mb(short), peak_mb(long)
    print(f"peak {small_mb:.1f} MB for 50,000 rows, {large_mb:.1f} MB for 400,000")  # noqa: T201
    # Three traces of a centre of pressure are kept, 17 bytes a row each.
    assert large_mb - small_mb < 30, (small_mb, large_mb)
