"""Hold what Home Assistant is told against Home Assistant itself; docs/homeassistant.md.

Home Assistant wants versions of its own, so in an environment of its own (2 minutes, 400 MB):

    python3.11 -m venv ha && ha/bin/pip install homeassistant==2024.3.3 paho-mqtt==1.6.1
    ha/bin/python scripts/homeassistant_schema.py

Reads the golden files of the tests and nothing else of this project.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from homeassistant.components.mqtt import binary_sensor, sensor
from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "core" / "golden"
SCHEMAS = {
    "sensor": sensor.DISCOVERY_SCHEMA,
    "binary_sensor": binary_sensor.DISCOVERY_SCHEMA,
}
WRONG = ({"device_class": "no_such"}, {"device": {"name": "without identifiers"}})
"""What must be refused, or the check checks nothing."""


def refusal(platform_name: str, config: dict[str, Any]) -> str:
    """Say why Home Assistant would not take a configuration; empty if it would."""
    try:
        taken = SCHEMAS[platform_name](config)
    except Exception as error:  # noqa: BLE001 - whatever its validators raise
        return str(error)
    dropped = set(config) - set(taken)
    return f"keys that it does not know: {sorted(dropped)}" if dropped else ""


def rendered(hass: HomeAssistant, config: dict[str, Any], state: str) -> dict[str, str]:
    """Let Home Assistant's own templates make of a `state` what they do."""
    names = [name for name in config if name.endswith("_template")]
    return {
        name: str(
            Template(config[name], hass).async_render_with_possible_json_value(state, "error")
        )
        for name in names
    }


async def check() -> int:
    """Print a line for each entity; return how many are wrong."""
    told = json.loads((GOLDEN / "homeassistant.json").read_text("utf-8"))
    state = (GOLDEN / "state.json").read_text("utf-8")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        hass = HomeAssistant(folder)
        for where, config in told.items():
            _, platform_name, _, key, _ = where.split("/")
            values = rendered(hass, config, state)
            why = refusal(platform_name, config)
            why = why or ("a template fails" if "error" in values.values() else "")
            blind = [extra for extra in WRONG if not refusal(platform_name, {**config, **extra})]
            why = why or (f"{blind} would be taken as well" if blind else "")
            wrong += bool(why)
            print(f"{key:28} {why or 'taken'}  {values.get('value_template', '')}")
        await hass.async_stop(force=True)
    print(f"{len(told)} entities, {wrong} wrong; Home Assistant {__version__},", end=" ")
    print(f"Python {platform.python_version()}")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(check())))
