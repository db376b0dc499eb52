"""`reflexmat run`: one mat from its configuration file to its last `offline`."""

from __future__ import annotations

import functools
import importlib.util
import logging
import secrets
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.certificate import expired
from core.engine import Engine
from core.telemetry import MatFacts, Telemetry
from core.zeroing import Refusal
from drivers.base import SystemClock
from pi.banks import make_bank
from pi.calibration_file import (
    CALIBRATION_FILE,
    CalibrationKeeper,
    calibrate,
)
from pi.clock_file import CLOCK_FILE, ClockFile
from pi.config import load_config
from pi.courier import Courier, start_link
from pi.daemon import Sampler
from pi.files import hold, make_private_dir
from pi.guides import make_guide, open_people
from pi.keepers import Keepers
from pi.layouts import find_layout
from pi.logs import log_to_stderr, obey_signals, quoted
from pi.notify import Supervision, notifier_of
from pi.panels import make_panel
from pi.presses import Presses
from pi.profile_file import profile_of
from pi.recorder import Recorder
from pi.safety_file import SafetyFile
from pi.settings import settings_of
from pi.source import Source
from pi.stopping import Stopping
from pi.upkeep import upkeep_of
from pi.verbs import verbs_of
from pi.version import version
from pi.wallclock import WallClock, machine_boot
from pi.zeros import ZERO_FILE, ZeroFile

if TYPE_CHECKING:
    from core.calibration import Calibration
    from core.signals import Answer
    from drivers.base import CellBank, Clock
    from pi.config import Config

SAFETY_FILE = "safety.json"

_log = logging.getLogger(__name__)


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
    obey_signals()
    _check_link_can_start()
    config = load_config(config_path)
    with Stopping() as stopping, ExitStack() as stack:
        folder = Path(config.data.dir)
        make_private_dir(folder)
        stack.enter_context(hold(folder / "daemon.lock", "daemon"))
        sampler = build(config, SystemClock(), stack)
        notifier = notifier_of()
        # What is registered last is done first: systemd knows before anything is let go.
        stack.callback(notifier.close)
        sampler.report_to(Supervision(notifier))
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
    folder, layout = Path(config.data.dir), find_layout(config.mat.layout)
    open_bank = functools.partial(make_bank, config, layout, clock)
    first = open_bank()
    stack.callback(first.close)
    # No GPIO, no permission, a pin in use: to be said now, in one line, not in a log for ever.
    first.start()
    calibration = _calibrated(first, folder)
    first.close()
    people = open_people(folder, layout, stack)
    engine = Engine(layout, people.or_else(profile_of(config)), calibration)
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
    telemetry = Telemetry(engine, secrets.token_hex(8), facts)
    source = Source(open_bank, clock, len(layout.spec.cell))
    stack.callback(source.close)
    courier = Courier(functools.partial(start_link, settings_of(config, telemetry.info().boot_id)))
    stack.callback(courier.close)
    recorder = Recorder(courier.send, always=config.data.log_empty_mat)
    keepers = _restore(engine, folder, recorder, stack)
    wall_clock = _wall_clock(folder, stack)
    sampler = Sampler(source, engine, telemetry, courier, keepers, wall_clock.look)
    stack.callback(sampler.close)
    guide = make_guide(engine, people, telemetry.info(), folder, wall_clock, stack)
    sampler.guide_by(guide)
    sampler.obey(upkeep_of(sampler, _wall_now))
    asks = Presses(guide, functools.partial(_tare, sampler)).asks()
    panel = make_panel(config, layout, engine, asks)
    if panel:
        stack.callback(panel.close)
        panel.start(clock.now_s())
        sampler.attach(panel)
    return sampler


def _calibrated(bank: CellBank, folder: Path) -> Calibration:
    """Read the calibration, and say when it is past its date."""
    today = datetime.now(UTC).date().isoformat()
    calibration = calibrate(bank, folder / CALIBRATION_FILE, today)
    if expired(calibration.expires_on, today):
        _log.warning("event=calibration_expired on=%s", calibration.expires_on)
    return calibration


def _restore(engine: Engine, folder: Path, recorder: Recorder, stack: ExitStack) -> Keepers:
    """Let an engine go on where the last one stood; return what keeps it for the next."""
    safety, zeros = SafetyFile(folder / SAFETY_FILE), ZeroFile(folder / ZERO_FILE)
    tares = CalibrationKeeper(folder / CALIBRATION_FILE)
    for keeper in (safety, zeros, tares):
        stack.callback(keeper.close)
    engine.restore(safety.load())
    kept = zeros.load()
    if kept is not None:
        engine.restore_zero(kept)
    return Keepers(safety.keep, zeros.keep, tares.keep, recorder)


def _wall_clock(folder: Path, stack: ExitStack) -> WallClock:
    """Know the wall clock by what it last rightly was."""
    file = ClockFile(folder / CLOCK_FILE)
    stack.callback(file.close)
    return WallClock(file, machine_boot())


def _wall_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tare(sampler: Sampler) -> Answer:
    """Set zero because the button was held; nobody can be asked there, so doubt refuses."""
    found = sampler.tare(_wall_now())
    if isinstance(found, Refusal):
        _log.warning("event=tare_refused reason=%s", quoted(found.text))
        return "refused"
    _log.info("event=tared calibration=%s", found.calibration.id)
    return "done"
