/**
 * What the page knows, and what it may therefore show. Pure: every method is told the time.
 */
import { activeAlarms, bannerOf, soundKeys } from './alarms.js';
import { Freshness } from './freshness.js';
import { headline } from './headline.js';
import { decodeLive } from './live-message.js';
import { readZones } from './readings.js';
import { LINK_WORD, MISSING, WORDS, forDuration } from './words.js';
import { minutesSeconds } from './numbers.js';

/** `state` comes each second; after this long without one, "no alarm" is a guess. Seconds and milliseconds. */
const STATE_GOOD_S = 3.5;
/** From this age on, the link says how long it has been silent. */
const TELL_AGE_MS = 2000;

export class Model {
  constructor(nowMs) {
    this.freshness = new Freshness(nowMs);
    this.info = null;
    this.state = null;
    this.stateArrivedMs = -Infinity;
    this.live = null;
    this.socketOpen = false;
    this.refused = false;
    this.link = { broker: null, mat: 'unknown' };
  }

  takeInfo(info) {
    if (this.info && this.info.boot_id !== info.boot_id) this.live = null;
    this.info = info;
    if (this.state && this.state.boot_id !== info.boot_id) this.state = null;
  }

  /** A state of another boot, or one older than the last, changes nothing. */
  takeState(state, nowMs) {
    if (this.info && state.boot_id !== this.info.boot_id) return;
    const last = this.state;
    if (last && last.boot_id === state.boot_id && state.t_s < last.t_s) return;
    this.state = state;
    this.stateArrivedMs = nowMs;
  }

  /** @param {boolean} open @param {boolean} refused the server said that this page may not watch */
  takeSocket(open, refused) {
    this.socketOpen = open;
    this.refused = refused;
    // What the dashboard said about the others holds only while it can be heard.
    this.link = { broker: null, mat: 'unknown' };
  }

  /** @param {{boot_id: ?string, t_s: ?number}} pong @param {number} askedMs when the page asked */
  takePong(pong, askedMs) {
    if (pong.boot_id && pong.t_s !== null) this.freshness.matClock.told(pong.boot_id, pong.t_s * 1000, askedMs);
  }

  /** Whether the age of the mat's frames can be told. */
  get knowsTime() {
    return this.info !== null && this.freshness.matClock.bootId === this.info.boot_id;
  }

  takeLink(link) {
    this.link = { broker: link.broker, mat: link.mat };
  }

  /**
   * @param {ArrayBuffer} buffer a packed `live` message
   * @param {number} nowMs monotonic
   * @param {number} wallMs the same moment, since 1970
   * @returns {boolean} whether there is something new to paint
   */
  takeLive(buffer, nowMs, wallMs) {
    const message = decodeLive(buffer);
    if (!this.#fits(message)) return false;
    if (this.freshness.arrived(message, nowMs) !== 'live') return false;
    this.live = { message, readings: readZones(this.info, message), arrivedMs: nowMs, wallMs };
    return true;
  }

  /** Forces read with the factors or the zone order of another boot would be wrong values shown as good. */
  #fits(message) {
    const info = this.info;
    return info !== null && info.boot_id === message.bootId && info.layout.zones.length === message.zoneCount;
  }

  /** @param {object} live the entry of `this.live` that is now on the screen */
  painted(live) {
    this.freshness.painted(live.message);
  }

  /** Alarms as they stand, gravest first; kept while silent, because nobody has said that they are over. */
  alarms() {
    const live = this.live;
    return activeAlarms(this.state, live?.readings ?? [], live ? live.message.tUs / 1e6 : -1);
  }

  /** Everything that the page shows at this moment. */
  view(nowMs, wallMs) {
    const { state, silentMs } = this.freshness.status(nowMs);
    // A mat that has just started anew has no frame of its own on the screen yet.
    const mode = state === 'live' && !this.live ? 'connecting' : state;
    const alarms = this.alarms();
    const view = {
      mode, silentMs, alarms,
      live: mode === 'live' ? this.live : null,
      last: this.live,
      linkText: linkText(mode, silentMs),
      headline: this.#headline(mode, alarms),
      said: { state: this.state, isNow: this.#stateIsNow(nowMs) },
      sound: [...soundKeys(alarms), ...this.#silenceKeys(mode)],
    };
    return { ...view, banner: this.#banner(view, nowMs, wallMs) };
  }

  /** Losing sight of somebody who was on the mat is worth a sound; of an empty mat, it is not. */
  #silenceKeys(mode) {
    const lost = mode === 'silent' || mode === 'late';
    const onIt = this.live?.readings.some((reading) => reading.touched);
    return lost && onIt ? [{ key: 'silence', priority: 'medium' }] : [];
  }

  #headline(mode, alarms) {
    if (mode !== 'live') return { title: WORDS.waiting, lead: WORDS.waitingLead };
    const alarmsKnown = this.#stateAgeS() < STATE_GOOD_S;
    return headline({ readings: this.live.readings, alarms, alarmsKnown });
  }

  /** Age of the state by the mat's own clock, so that a stored one does not pass for new. */
  #stateAgeS() {
    if (!this.state || this.state.boot_id !== this.live.message.bootId) return Infinity;
    return Math.abs(this.live.message.tUs / 1e6 - this.state.t_s);
  }

  #stateIsNow(nowMs) {
    return this.state !== null && nowMs - this.stateArrivedMs < STATE_GOOD_S * 1000 && this.socketOpen;
  }

  #banner(view, nowMs, wallMs) {
    const alarm = bannerOf(view.alarms, this.info?.layout.zones ?? [], { nowS: this.#matNowS(nowMs), wallMs });
    if (view.mode === 'live') return alarm;
    // While the state still comes, a grave alarm is news and stands before the missing picture.
    if (alarm?.priority === 'high' && view.said.isNow) return { ...alarm, text: `${alarm.text} ${WORDS.noPicture}` };
    return view.mode === 'connecting' ? null : this.#silence(view, alarm);
  }

  #silence(view, alarm) {
    const last = alarm ? WORDS.lastAlarm(alarm.title) : '';
    const text = [forDuration(view.silentMs), this.#missing(view.mode), WORDS.silentRest, last];
    return {
      silence: true, priority: 'medium', zone: null, rule: null, seen: false, paused: false,
      title: WORDS.silentTitle, text: text.filter(Boolean).join(' '),
    };
  }

  #missing(mode) {
    if (this.refused) return MISSING.refused;
    if (!this.socketOpen) return MISSING.dashboard;
    if (this.link.broker === false) return MISSING.broker;
    if (this.link.mat === 'offline') return MISSING.mat;
    return mode === 'late' ? MISSING.late : MISSING.nothing;
  }

  #matNowS(nowMs) {
    const byState = this.state ? this.state.t_s + (nowMs - this.stateArrivedMs) / 1000 : -1;
    return this.live ? this.live.message.tUs / 1e6 + (nowMs - this.live.arrivedMs) / 1000 : byState;
  }
}

function linkText(mode, silentMs) {
  const old = mode === 'silent' || mode === 'late';
  return old && silentMs >= TELL_AGE_MS ? `${LINK_WORD[mode]} ${minutesSeconds(silentMs)}` : LINK_WORD[mode];
}
