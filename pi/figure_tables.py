"""The figures of a recording as tables. What each one is: docs/metrics.md."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.rules import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import msgspec

    from core.sessions import Summary

FORCE_COLUMNS = {
    "max N": "max_force_n",
    "mean N": "mean_force_n",
    "max kPa": "max_pressure_kpa",
    "mean kPa": "mean_pressure_kpa",
    "est. peak kPa": "max_peak_est_kpa",
}
LOAD_COLUMNS = {
    "FTI N·s": "fti_n_s",
    "PTI kPa·s": "pti_kpa_s",
    "dose kPa·s": "dose_kpa_s",
    "contact s": "contact_s",
    "longest contact s": "longest_contact_s",
    "≥ 4.67 kPa s": "loaded_s",
    "longest ≥ 4.67 kPa s": "longest_loaded_s",
}
FOOT_ROWS = {
    "max force, N": "max_force_n",
    "mean force in contact, N": "mean_force_n",
    "toes, %": "toes_pct",
    "forefoot, %": "forefoot_pct",
    "midfoot, %": "midfoot_pct",
    "heel, %": "heel_pct",
    "fore (toes and forefoot), %": "fore_pct",
    "max contact area, cm²": "max_contact_area_cm2",
    "mean contact area, cm²": "mean_contact_area_cm2",
    "FTI, N·s": "fti_n_s",
    "contact, s": "contact_s",
    "longest contact, s": "longest_contact_s",
    "a zone ≥ 4.67 kPa, s": "loaded_s",
    "longest of it, s": "longest_loaded_s",
    "reliefs (120 s off)": "reliefs",
}
SWAY_ROWS = {
    "valid frames": "n_valid",
    "path, mm": "path_mm",
    "path across, mm": "path_ml_mm",
    "path along, mm": "path_ap_mm",
    "mean velocity, mm/s": "mean_velocity_mm_s",
    "95 % prediction ellipse, mm²": "ellipse95_mm2",
    "its long axis, mm": "ellipse95_major_mm",
    "its short axis, mm": "ellipse95_minor_mm",
    "its angle from across, °": "ellipse95_angle_deg",
    "RMS across, mm": "rms_ml_mm",
    "RMS along, mm": "rms_ap_mm",
    "range across, mm": "range_ml_mm",
    "range along, mm": "range_ap_mm",
    "mean distance, mm": "mean_distance_mm",
    "sway area rate, mm²/s": "sway_area_rate_mm2_s",
}


def show(summary: Summary, file: Path) -> None:
    """Print everything in a summary."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    for line in _head(summary, escape(file.name)):
        console.print(line, highlight=False)
    console.print(_zones("Zones: force and pressure", summary, FORCE_COLUMNS))
    console.print(_zones("Zones: load over time", summary, LOAD_COLUMNS))
    console.print(_side_by_side("Feet", summary.feet, FOOT_ROWS))
    cops = {"both": summary.cop} | {foot: each.cop for foot, each in summary.feet.items()}
    title = f"Centre of pressure at {summary.cop.rate_hz:g} Hz, filter: {summary.cop.filter}"
    console.print(_side_by_side(title, cops, SWAY_ROWS))
    console.print(_events(summary))


def _head(summary: Summary, name: str) -> list[str]:
    total = summary.total_force_n
    lines = [
        f"[bold]{name}[/]: {summary.duration_s:.2f} s, {summary.n_frames} frames, "
        f"{summary.rate_hz:g} Hz, formulas {summary.formulas}",
        f"Total mean {shown(total.mean)} N, max {shown(total.max)} N, "
        f"left share {shown(summary.left_share_pct)} %, "
        f"symmetry index {shown(summary.symmetry_index_pct)} %",
    ]
    sessions = ", ".join(f"{each.state} {each.t_s:.2f} s" for each in summary.sessions)
    return [*lines, f"Sessions: {sessions}"] if sessions else lines


def _zones(title: str, summary: Summary, columns: Mapping[str, str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("zone", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right")
    for zone, figures in summary.zones.items():
        table.add_row(zone, *(_cell(figures, key) for key in columns.values()))
    return table


def _side_by_side(
    title: str, columns: Mapping[str, msgspec.Struct], rows: Mapping[str, str]
) -> Table:
    """Show the figures of several structs of one kind beside each other."""
    table = Table("figure", title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right")
    for label, key in rows.items():
        table.add_row(label, *(_cell(figures, key) for figures in columns.values()))
    return table


def _events(summary: Summary) -> Table:
    title = f"Alarms: {sum(event.state == 'raised' for event in summary.events)} raised"
    table = Table("t s", "rule", "zone", "priority", "state", title=title, title_justify="left")
    for name in ("value", "limit"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    for event in summary.events:
        table.add_row(
            f"{event.t_s:.3f}",
            event.rule,
            event.zone,
            event.priority,
            event.state,
            shown(event.value),
            shown(event.limit),
            "" if event.value is None else UNITS.get(event.rule, "kPa"),
        )
    return table


def _cell(figures: msgspec.Struct, key: str) -> str:
    show: Callable[[float | None], str] = estimated if key == "max_peak_est_kpa" else shown
    return show(getattr(figures, key))


def shown(value: float | None) -> str:
    """Round to one decimal; a dash for what is undefined."""
    return "–" if value is None else str(round(value, 1))


def estimated(value: float | None) -> str:
    """Round to two significant digits, as an estimate is shown (DESIGN section 2)."""
    return "–" if value is None else f"{float(f'{value:.2g}'):g}"
