"""The file of results: each run replaces only its own names."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Result:
    """One figure, as in DESIGN section 13."""

    value: float
    unit: str
    how: str
    baseline: float | None = None
    ratio: float | None = None


def save(results: dict[str, Result], file: Path = FILE) -> None:
    """Write some figures beside those of other runs."""
    known = json.loads(file.read_text()) if file.exists() else {}
    for name, result in results.items():
        fields = asdict(result)
        known[name] = {
            key: _short(fields[key]) for key in ("value", "unit", "baseline", "ratio", "how")
        }
    file.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")


def _short(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value
