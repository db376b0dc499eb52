"""Draw the icons of the installed page from the mark: `python -m scripts.icons`."""

from __future__ import annotations

from pathlib import Path

from tests.chromium import chromium

STATIC = Path(__file__).resolve().parent.parent / "dashboard" / "static"
SIZES_PX = (180, 192, 512)
# Within the inner 80 %, which every mask of a home screen leaves.
PAGE = """<style>body {{ margin: 0; background: #f4f1ee; display: grid; place-items: center; }}
svg {{ width: 64vw; height: 64vw; }} body {{ height: 100vh; }}</style>{svg}"""


def main() -> None:
    """Draw them all."""
    svg = (STATIC / "favicon.svg").read_text("utf-8")
    with chromium() as browser:
        page = browser.new_page()
        for size_px in SIZES_PX:
            page.set_viewport_size({"width": size_px, "height": size_px})
            page.set_content(PAGE.format(svg=svg))
            page.screenshot(path=STATIC / f"icon-{size_px}.png")
            print(f"icon-{size_px}.png")


if __name__ == "__main__":
    main()
