/**
 * Which alarm the banner shows, what it says, and what sounds. Pure.
 *
 * @typedef {object} AlarmView
 * @property {'high' | 'medium' | 'low'} priority
 * @property {string} title
 * @property {string} text
 * @property {?string} zone id
 * @property {?string} rule null when only the live frame knows of it
 * @property {boolean} raised not acknowledged yet
 */
import { timeOfDay } from './numbers.js';
import { WORDS, andMore, capital, passedText, passedTitle, valueAndLimit, zonePhrase } from './words.js';

export const RANK = { low: 1, medium: 2, high: 3 };
const BY_RANK = [null, 'low', 'medium', 'high'];
/** These stay until acknowledged, so they can outlive the pressure. */
const LATCHED = new Set(['limit', 'overload', 'excluded_contact']);
const DAY_S = 86400;

/**
 * Everything that is raised or acknowledged, gravest first. A live frame newer than the state may already show an
 * alarm that the state does not name yet: it is added, so that no alarm waits for the next state.
 * @param {?object} state the mat's newest `state`
 * @param {import('./readings.js').Reading[]} readings of the newest live frame, or none
 * @param {number} liveS seconds since boot of that frame
 */
export function activeAlarms(state, readings, liveS) {
  const named = (state?.alarms ?? []).filter((alarm) => alarm.state !== 'cleared');
  const newer = state === null || liveS > state.t_s;
  const seen = newer ? readings.filter((reading) => isUnnamed(reading, named)).map(fromReading) : [];
  return [...named, ...seen].sort((a, b) => weight(b) - weight(a));
}

/** An unknown word for a priority or state counts as the gravest: better too loud than lost. */
const rankOf = (alarm) => RANK[alarm.priority] ?? RANK.high;
export const isRaised = (alarm) => alarm.state !== 'acknowledged';
const weight = (alarm) => 4 * rankOf(alarm) + 2 * isRaised(alarm) + (alarm.kind !== 'fault');

function isUnnamed(reading, named) {
  const known = named.filter((alarm) => alarm.zone === reading.zone.id).map(rankOf);
  return reading.priority > Math.max(0, ...known);
}

function fromReading(reading) {
  const where = capital(zonePhrase(reading.zone));
  const value = reading.peakKpa === null ? '' : `: ${valueAndLimit(reading.peakKpa, reading.limitKpa)}`;
  const lost = reading.state === 'unknown';
  const title = [null, WORDS.noticed, WORDS.easeOff, WORDS.tooMuch][reading.priority];
  return {
    rule: null, zone: reading.zone.id, kind: lost ? 'fault' : 'alarm', priority: BY_RANK[reading.priority],
    state: 'raised', t_s: null, value_kpa: reading.peakKpa, limit_kpa: reading.limitKpa, over: true,
    instruction: lost ? WORDS.lostZone : title, reason: value ? `${where}${value}` : `${where}.`,
  };
}

/**
 * @param {object[]} alarms of `activeAlarms`
 * @param {object[]} zones of the layout
 * @param {{nowS: number, wallMs: number}} clock the mat's seconds since boot and the wall time of the same moment
 * @returns {?AlarmView} the gravest, in words
 */
export function bannerOf(alarms, zones, clock) {
  if (!alarms.length) return null;
  const alarm = alarms[0];
  // A lesser alarm of the same place asks for nothing more.
  const others = alarms.slice(1).filter((each) => !each.zone || each.zone !== alarm.zone);
  const words = isPast(alarm) ? inThePast(alarm, zones, clock) : inThePresent(alarm, zones);
  return {
    priority: BY_RANK[rankOf(alarm)], zone: alarm.zone ?? null, rule: alarm.rule, raised: isRaised(alarm),
    title: words.title, text: [words.text, andMore(others.length)].filter(Boolean).join(' '),
  };
}

const isPast = (alarm) => LATCHED.has(alarm.rule) && alarm.over === false;

function inThePresent(alarm, zones) {
  const zone = zones.find((each) => each.id === alarm.zone);
  const fallback = alarm.kind === 'fault' ? WORDS.fault : WORDS.tooMuch;
  const where = zone ? `${capital(zonePhrase(zone))}.` : '';
  return { title: alarm.instruction || fallback, text: alarm.reason || where };
}

function inThePast(alarm, zones, clock) {
  const zone = zones.find((each) => each.id === alarm.zone);
  const agoS = clock.nowS - alarm.t_s;
  // An alarm kept over a restart has a time of another boot: better no time than a wrong one.
  const time = agoS >= 0 && agoS < DAY_S && alarm.t_s >= 0 ? timeOfDay(clock.wallMs - agoS * 1000) : '';
  return { title: passedTitle(alarm.rule, zone, time), text: passedText(alarm.value_kpa, alarm.limit_kpa) };
}

/** What sounds: one entry for each alarm nobody has seen yet, so that a new one can be told from an old one. */
export function soundKeys(alarms) {
  return alarms
    .filter((alarm) => isRaised(alarm) && rankOf(alarm) >= RANK.medium)
    .map((alarm) => ({ key: `${alarm.rule}|${alarm.zone ?? ''}|${rankOf(alarm)}`, priority: BY_RANK[rankOf(alarm)] }));
}
