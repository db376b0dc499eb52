/**
 * Which alarm the banner shows, what it says, and what sounds. Pure.
 *
 * @typedef {object} AlarmView
 * @property {'high' | 'medium' | 'low'} priority
 * @property {string} title
 * @property {string} text
 * @property {?string} zone id
 * @property {?string} rule null when only the live frame knows of it
 * @property {string[]} rules what an answer to it is about: itself, and the lesser alarms of the same place
 * @property {string} key names it, as long as it stands
 * @property {boolean} seen acknowledged, from wherever
 * @property {boolean} paused silent for a while, and not acknowledged
 * @property {boolean} latched stays until somebody beside the mat has acknowledged it
 */
import { timeOfDay } from './numbers.js';
import { WORDS, andMore, capital, keepOffInstruction, keepOffReason, passedText, passedTitle, valueAndLimit, zonePhrase } from './words.js';

export const RANK = { low: 1, medium: 2, high: 3 };
const BY_RANK = [null, 'low', 'medium', 'high'];
/** These stay until acknowledged beside the mat, so they can outlive the pressure; and so does a grave `zone_lost`. */
const LATCHED = new Set(['limit', 'overload', 'excluded_contact']);
const isLatched = (alarm) => LATCHED.has(alarm.rule) || (alarm.rule === 'zone_lost' && rankOf(alarm) === RANK.high);
const DAY_S = 86400;

/**
 * Everything that has not cleared, gravest first. A live frame newer than the state may already show an
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
const SILENT = new Set(['acknowledged', 'paused']);
/** Whether it sounds. A state that this page does not know counts as raised. */
export const isRaised = (alarm) => !SILENT.has(alarm.state);
const isPast = (alarm) => isLatched(alarm) && alarm.over === false;

/** What is over and seen asks for less than anything that still presses, but for more than an advisory. */
const SETTLED = 4 * RANK.medium - 0.5;
function weight(alarm) {
  if (isPast(alarm) && alarm.state === 'acknowledged') return SETTLED;
  return 4 * rankOf(alarm) + 2 * isRaised(alarm) + (alarm.kind !== 'fault');
}

function isUnnamed(reading, named) {
  const known = named.filter((alarm) => alarm.zone === reading.zone.id).map(rankOf);
  return reading.priority > Math.max(0, ...known);
}

function fromReading(reading) {
  const where = capital(zonePhrase(reading.zone));
  const value = reading.peakKpa === null ? '' : `: ${valueAndLimit(reading.peakKpa, reading.limitKpa)}`;
  const lost = reading.state === 'unknown';
  const keepOff = reading.state === 'excluded';
  const title = keepOff ? keepOffInstruction(reading.zone) : [null, WORDS.noticed, WORDS.easeOff, WORDS.tooMuch][reading.priority];
  return {
    rule: null, zone: reading.zone.id, kind: lost ? 'fault' : 'alarm', priority: BY_RANK[reading.priority],
    state: 'raised', t_s: null, value_kpa: reading.peakKpa, limit_kpa: reading.limitKpa, over: true,
    instruction: lost ? WORDS.lostZone : title,
    reason: keepOff ? keepOffReason(reading.zone) : value ? `${where}${value}` : `${where}.`,
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
    priority: BY_RANK[rankOf(alarm)], zone: alarm.zone ?? null, rule: alarm.rule, rules: rulesOf(alarm, alarms),
    key: `${alarm.rule}|${alarm.zone ?? ''}|${alarm.t_s}`,
    seen: alarm.state === 'acknowledged', paused: alarm.state === 'paused', latched: isLatched(alarm),
    title: words.title, text: [words.text, andMore(others.length)].filter(Boolean).join(' '),
  };
}

/** Pressure beyond a limit has passed the warning too: whoever has seen the one has seen the other. Never a fault. */
function rulesOf(alarm, alarms) {
  const isLesser = (each) => each.zone === alarm.zone && each.kind === 'alarm' && rankOf(each) < rankOf(alarm);
  return [alarm.rule, ...alarms.filter((each) => each.zone && each.rule && isLesser(each)).map((each) => each.rule)];
}

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
  return { title: passedTitle(alarm.rule, zone, time), text: passedText(alarm) };
}

/** What sounds: one entry for each alarm nobody has seen yet, so that a new one can be told from an old one. */
export function soundKeys(alarms) {
  return alarms
    .filter((alarm) => isRaised(alarm) && rankOf(alarm) >= RANK.medium)
    .map((alarm) => ({ key: `${alarm.rule}|${alarm.zone ?? ''}|${rankOf(alarm)}`, priority: BY_RANK[rankOf(alarm)] }));
}
