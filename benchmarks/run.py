"""`make bench`: measure everything and write benchmarks/results.json."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from benchmarks import card, engine, linear, reading, sampling, screen, store
from benchmarks.results import FILE, Result, save

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[[], dict[str, Result]]] = {
    "card": card.run,
    "engine": engine.run,
    "linear": linear.run,
    "reading": reading.run,
    "sampling": sampling.run,
    "screen": screen.run,
    "store": store.run,
}


def main() -> None:
    """Measure the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    for name in parser.parse_args().parts or PARTS:
        print(f"measuring: {name}", flush=True)
        results = PARTS[name]()
        save(results)
        for key, result in results.items():
            ratio = f", {result.ratio:.3g} x baseline" if result.ratio else ""
            print(f"  {key} {result.value:.4g} {result.unit}{ratio}", flush=True)
    print(f"written to {FILE.relative_to(FILE.parent.parent)}")


if __name__ == "__main__":
    main()
