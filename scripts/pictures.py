"""Draw the pictures of feet, and the card of the lights, in docs/ anew: `make pictures`."""

from __future__ import annotations

from pathlib import Path

from core.layout import load_layout
from pi.lights_card import MARK, draw_card
from pi.lights_card_routine import draw_routine
from scripts.map_picture import draw_map
from scripts.reflex_picture import draw_reflex_points
from scripts.zones_picture import draw_zones

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pictures() -> dict[str, str]:
    """Draw all of them: SVG by the name of its file."""
    full16 = load_layout("full16")
    return {
        "lights-card.svg": draw_card(),
        "routine-card.svg": draw_routine(MARK),
        "map-full16.svg": draw_map(full16),
        "zones-full16.svg": draw_zones(full16),
        "zones-starter8.svg": draw_zones(load_layout("starter8")),
        "reflex-points.svg": draw_reflex_points(),
    }


def write(folder: Path) -> None:
    """Write them all into a folder."""
    for name, picture in pictures().items():
        (folder / name).write_text(picture, "utf-8")
        print(f"{folder.name}/{name}")


if __name__ == "__main__":
    write(DOCS)
