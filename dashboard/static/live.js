/**
 * The live page: builds the parts and joins them. The newest frame alone is painted, once per screen refresh;
 * numbers change at most four times a second.
 */
import { Asks } from './ask.js';
import { Awake } from './awake.js';
import { Banner, buttonsOf, canAskForPause } from './banner.js';
import { byId, setAll, setText } from './dom.js';
import { paintFaults } from './faults.js';
import { FeetMap } from './feet-map.js';
import { parseMap } from './field.js';
import { Link, socketUrl } from './link.js';
import { Mirror } from './mirror.js';
import { Model } from './model.js';
import { PressZones } from './press-zones.js';
import { allUnknown } from './readings.js';
import { paintBroken, paintCards, paintInsecure, paintNote, paintRoom } from './room.js';
import { SessionBar } from './session-bar.js';
import { Sound } from './sound.js';
import { SoundPlan } from './sound-plan.js';
import { WORDS } from './words.js';

/** Silence must be said within 1.5 s: 1.2 s of the freshness machine and one tick. */
const TICK_MS = 200;
const NUMBERS_EVERY_MS = 250;
/** The two clocks part by more than this only when the machine has slept or its time was set. */
const SLEPT_MS = 1000;
const RETRY_MAP_MS = 5000;
const ASK_TIME_MS = 2000;

export class LivePage {
  constructor(outline) {
    this.outline = outline;
    this.model = new Model(performance.now());
    this.banner = new Banner();
    this.sound = new Sound();
    this.awake = new Awake();
    this.plan = new SoundPlan();
    this.link = new Link(socketUrl(), this.#handlers());
    this.asks = new Asks((verb, args) => this.link.send(verb, args));
    this.session = new SessionBar((verb, args) => this.link.send(verb, args));
    this.numbersMs = -Infinity;
    this.askedMs = -Infinity;
    this.quietKey = null;
    this.shownMode = null;
    this.frameAsked = false;
    this.#buildMap([], outline.foot_mm);
    this.#listen();
  }

  start() {
    this.clockGapMs = Date.now() - performance.now();
    paintInsecure(!window.isSecureContext);
    this.link.retry();
    this.#tick();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #handlers() {
    return {
      open: () => this.#opened(),
      closed: (refused) => this.model.takeSocket(false, refused),
      info: (info) => this.#takeInfo(info),
      state: (state) => this.#takeState(state),
      link: (link) => this.model.takeLink(link),
      live: (buffer) => this.#takeLive(buffer),
      reply: (reply) => this.#takeReply(reply),
      pong: (pong, askedMs) => this.model.takePong(pong, askedMs),
    };
  }

  #listen() {
    byId('retry').addEventListener('click', () => this.link.retry());
    this.#onPress('ack', () => this.#ask(this.asks.seen));
    this.#onPress('beside', () => this.#ask(this.asks.beside));
    this.#onPress('mute', () => this.#mute());
    byId('sound').addEventListener('click', () => this.#toggleSound());
    document.addEventListener('visibilitychange', () => this.#shownAgain());
  }

  #onPress(id, act) {
    byId(id).addEventListener('click', () => {
      if (byId(id).getAttribute('aria-disabled') !== 'true') act();
    });
  }

  #buildMap(zones, footMm) {
    this.press?.close();
    this.map?.close();
    this.press = null;
    this.map = new FeetMap(byId('map'), this.outline, zones, footMm);
    this.banner.useMap(this.map);
    this.unknown = allUnknown(zones);
    this.mirror = new Mirror(byId('mirror'), zones);
    this.shownMode = null;
  }

  #takeInfo(info) {
    const layoutIsNew = this.layoutHash !== info.layout.hash;
    this.model.takeInfo(info);
    paintNote(info);
    if (layoutIsNew) {
      this.layoutHash = info.layout.hash;
      this.#buildMap(info.layout.zones, info.layout.foot_mm);
      this.#loadMap(info.layout.hash);
    }
    const canPress = Boolean(info.verbs?.includes('sim.press'));
    if (canPress && !this.press) this.press = new PressZones(this.map, (zone, seconds) => this.#pressZone(zone, seconds));
    if (!canPress) {
      this.press?.close();
      this.press = null;
    }
    this.#tick();
  }

  /** Until it is here the plates are painted plain, so nothing waits for it. */
  async #loadMap(hash) {
    try {
      const answer = await fetch(`/layouts/${encodeURIComponent(hash)}/map.bin`);
      if (!answer.ok) throw new Error(`map.bin: ${answer.status}`);
      const maps = parseMap(await answer.arrayBuffer());
      if (hash === this.layoutHash) this.map.useMap(maps);
    } catch (error) {
      console.warn('The map operator is missing', error);
      if (hash === this.layoutHash) setTimeout(() => this.#loadMap(hash), RETRY_MAP_MS);
    }
  }

  #opened() {
    this.model.takeSocket(true, false);
    this.askedMs = -Infinity;
    this.#askTime(performance.now());
  }

  /** Often until the age of frames can be told, then now and then. */
  #askTime(nowMs) {
    if (nowMs - this.askedMs < (this.model.knowsTime ? ASK_TIME_MS : 0)) return;
    this.askedMs = nowMs;
    this.link.ping(nowMs);
  }

  #takeState(state) {
    this.model.takeState(state, performance.now());
    this.#tick();
  }

  #takeLive(buffer) {
    const known = this.model.live?.readings;
    if (!this.model.takeLive(buffer, performance.now(), Date.now())) return;
    const graver = this.model.live.readings.some((reading, index) => reading.priority > (known?.[index]?.priority ?? 0));
    if (!this.frameAsked) requestAnimationFrame(() => this.#paint());
    this.frameAsked = true;
    // An alarm waits neither for the next tick nor for the pace of the numbers.
    if (graver) {
      this.numbersMs = -Infinity;
      this.#tick();
    }
  }

  #takeReply(reply) {
    this.asks.answered(reply);
    this.session.answered(reply);
    this.#tick();
  }

  #paint() {
    this.frameAsked = false;
    const live = this.model.live;
    const nowMs = performance.now();
    if (!live || !this.model.freshness.mayPaint(live.message, nowMs)) return;
    this.map.paint(live.readings, live.message.copMm, nowMs);
    this.model.painted(live);
    if (this.shownMode !== 'live' || nowMs - this.numbersMs >= NUMBERS_EVERY_MS) this.#tick();
    const { seq, tUs } = live.message;
    window.dispatchEvent(new CustomEvent('reflexmat:paint', { detail: { seq, t_us: tUs } }));
  }

  /** A fault of this page may cost the picture, but it must not leave an old one standing. */
  #tick() {
    try {
      this.#refresh();
      paintBroken(false);
    } catch (error) {
      console.warn('The page could not be painted', error);
      this.shownMode = null;
      paintBroken(true);
    }
  }

  /** Everything but the map: called often, cheap when nothing has changed. */
  #refresh() {
    const nowMs = performance.now();
    this.#noticeSleep(nowMs);
    this.#askTime(nowMs);
    const view = this.model.view(nowMs, Date.now());
    this.#sound(view, nowMs);
    this.awake.keep(Boolean(view.live));
    this.#paintBanner(view, nowMs);
    this.session.paint(view.said, this.model.info, nowMs);
    paintFaults(view.said);
    const changed = view.mode !== this.shownMode;
    if (changed && !view.live) this.map.paint(this.unknown, null, nowMs);
    if (!changed && view.live && nowMs - this.numbersMs < NUMBERS_EVERY_MS) return;
    this.numbersMs = nowMs;
    this.shownMode = view.mode;
    paintRoom(view, nowMs);
    paintCards(view.live, this.mirror, this.unknown);
    this.map.paintNumbers(`${view.banner?.title ?? view.headline.title}. ${view.live ? view.headline.lead : ''}`.trim());
  }

  #paintBanner(view, nowMs) {
    this.shownBanner = view.banner;
    this.can = this.#whatCanBeDone(view, nowMs);
    this.banner.paint(view.banner, buttonsOf(view.banner, this.can));
  }

  #whatCanBeDone(view, nowMs) {
    const { info } = this.model;
    // An alarm that only the live frame knows of has no name yet that the mat would know it by.
    const named = Boolean(view.banner?.rule);
    const takes = (verb) => named && Boolean(info?.verbs?.includes(verb));
    return {
      ack: takes('alarm.ack'),
      pause: takes('alarm.pause'),
      asked: named ? this.asks.about(view.banner, nowMs) : null,
      matSounds: info?.source === 'hx711',
      sounding: view.sound.length > 0,
      soundRuns: this.sound.running,
      pauseLeftMs: this.plan.pauseLeftMs(nowMs),
    };
  }

  /** Whoever asked for silence here gets it, also from what stood beside; what comes after ends it. */
  #keepQuiet(banner, nowMs) {
    const isOwn = banner?.paused && this.asks.pause.agoMs(banner, nowMs) !== null;
    if (!isOwn || this.quietKey === banner.key) return;
    this.quietKey = banner.key;
    this.plan.pause(nowMs);
  }

  #sound(view, nowMs) {
    this.#keepQuiet(view.banner, nowMs);
    const priority = this.plan.due(view.sound, nowMs);
    if (priority) this.sound.play(priority);
    setAll(byId('sound'), { 'aria-pressed': this.sound.running });
    setText(byId('sound-text'), this.sound.running ? WORDS.soundIsOn : WORDS.soundOn);
  }

  async #toggleSound() {
    if (this.sound.running) await this.sound.turnOff();
    else await this.sound.turnOn();
    this.plan.soundNow();
    this.#tick();
  }

  #mute() {
    if (!this.sound.running) {
      this.#toggleSound();
    } else if (canAskForPause(this.shownBanner, this.can)) {
      this.#ask(this.asks.pause);
    } else {
      this.plan.pause(performance.now());
      this.#tick();
    }
  }

  /** @param {import('./ask.js').Ask} ask */
  #ask(ask) {
    if (this.shownBanner?.rule) ask.press(this.shownBanner, performance.now());
    this.#tick();
  }

  #pressZone(zone, seconds) {
    const sent = this.link.send('sim.press', { zone, seconds });
    if (sent === null) setText(byId('say'), WORDS.pressLost);
  }

  /** What a hidden page shows is old; it counts again once a new frame has been painted. */
  #shownAgain() {
    if (!document.hidden) this.model.freshness.restart(performance.now());
    this.#tick();
  }

  /** After a sleep the socket may hold frames from before it: they are dropped with it. */
  #noticeSleep(nowMs) {
    const gapMs = Date.now() - nowMs;
    if (Math.abs(gapMs - this.clockGapMs) < SLEPT_MS) return;
    this.clockGapMs = gapMs;
    this.model.freshness.slept(nowMs);
    this.link.retry();
  }
}
