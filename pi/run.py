"""`reflexmat run`: one mat from its configuration file to its last `offline`."""

from __future__ import annotations

import functools
import importlib.util
import secrets
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.calibration import decode_calibration
from core.engine import Engine
from core.profiles import Profile
from core.telemetry import MatFacts, Telemetry
from drivers.base import SystemClock
from drivers.replay import Replay
from drivers.simulator import Simulator
from pi.banks import make_bank
from pi.config import load_config
from pi.courier import Courier, start_link
from pi.daemon import Sampler, verbs_of
from pi.files import hold, make_private_dir, write_private
from pi.latches import LatchFile
from pi.layouts import find_layout
from pi.logs import log_to_stderr
from pi.panels import make_panel
from pi.settings import Settings
from pi.source import Source
from pi.stopping import Stopping
from pi.version import version
from pi.wallclock import clock_synchronised

if TYPE_CHECKING:
    from core.calibration import Calibration
    from drivers.base import CellBank, Clock
    from pi.config import Config

CALIBRATION_FILE = "calibration.json"
LATCH_FILE = "latched.json"


def run(config_path: Path) -> None:
    """Run the daemon until it is told to stop.

    Parameters
    ----------
    config_path : Path
        TOML, see `pi.config`.

    Raises
    ------
    MatError
        If the configuration, the layout, the recording or the data directory cannot be used.
    """
    log_to_stderr("sampler")
    _check_link_can_start()
    config = load_config(config_path)
    with Stopping() as stopping, ExitStack() as stack:
        folder = Path(config.data.dir)
        make_private_dir(folder)
        stack.enter_context(hold(folder / "daemon.lock", "daemon"))
        sampler = build(config, SystemClock(), stack)
        while not stopping.asked:
            sampler.run_pass()


def _check_link_can_start() -> None:
    """Find out now what the link, another process, would only write into a log."""
    if importlib.util.find_spec("paho") is None:
        raise ModuleNotFoundError("paho-mqtt is not installed", name="paho")


def build(config: Config, clock: Clock, stack: ExitStack) -> Sampler:
    """Put a sampler and its link together.

    Parameters
    ----------
    config : Config
    clock : Clock
    stack : ExitStack
        Takes what must be closed.

    Raises
    ------
    MatError
        If something in the configuration cannot be used.
    """
    layout = find_layout(config.mat.layout)
    open_bank = functools.partial(make_bank, config, layout, clock)
    first = open_bank()
    today = datetime.now(UTC).date().isoformat()
    calibration = calibrate(first, Path(config.data.dir) / CALIBRATION_FILE, today)
    first.close()
    engine = Engine(layout, Profile(mode=config.mat.mode, foot_mm=config.mat.foot_mm), calibration)
    facts = MatFacts(
        mat=config.mat.id,
        software=version(),
        source=first.source,
        rate_hz=first.rate_hz,
        clock_synchronised=False,
        calibrated_on=calibration.spec.calibrated_on,
        calibration_id=calibration.id,
        verbs=verbs_of(first.source),
    )
    latches = LatchFile(Path(config.data.dir) / LATCH_FILE)
    stack.callback(latches.close)
    engine.restore(latches.load())
    telemetry = Telemetry(engine, secrets.token_hex(8), facts)
    source = Source(open_bank, clock, len(layout.spec.cell))
    stack.callback(source.close)
    courier = Courier(functools.partial(start_link, settings_of(config)))
    stack.callback(courier.close)
    sampler = Sampler(source, engine, telemetry, courier, latches.keep, clock_synchronised)
    panel = make_panel(config, layout, engine)
    if panel:
        stack.callback(panel.close)
        panel.start(clock.now_s())
        sampler.attach(panel)
    return sampler


def calibrate(bank: CellBank, path: Path, today: str) -> Calibration:
    """Load the calibration of a bank; that of made-up cells is written first.

    Parameters
    ----------
    bank : CellBank
    path : Path
        File of the calibration.
    today : str
        Date, ISO 8601.

    Raises
    ------
    MatError
        If the file cannot be written or used.
    """
    if isinstance(bank, Simulator | Replay):
        write_private(path, msgspec.json.encode(bank.calibration_spec(today)))
    return decode_calibration(path.read_bytes(), bank.layout, str(path))


def settings_of(config: Config) -> Settings:
    """Pick what the link needs of a configuration."""
    broker = config.broker
    return Settings(config.mat.id, broker.host, broker.port, broker.user, broker.password_file)
