/**
 * What each zone says, from the layout and one live message. Pure.
 *
 * @typedef {object} Reading
 * @property {object} zone its entry in `info.layout.zones`
 * @property {'ok' | 'no_contact' | 'unknown' | 'excluded'} state excluded: nothing may touch it, whether anything does or not
 * @property {boolean} touched in contact, as far as is known
 * @property {?number} share of the zone's own limit, 1 = at the limit; null unless in contact or excluded
 * @property {?number} peakKpa estimated peak, kPa; null unless in contact
 * @property {?number} warningKpa
 * @property {?number} limitKpa
 * @property {0 | 1 | 2 | 3} priority gravest raised alarm
 */
import { CONTACT, EXCLUDED, UNKNOWN, VALID, priorityOf } from './live-message.js';

/**
 * @param {object} info the mat's `info`
 * @param {import('./live-message.js').LiveMessage} message of the same layout
 * @returns {Reading[]} in the order of the layout
 */
export function readZones(info, message) {
  return info.layout.zones.map((zone, index) => readZone(zone, index, message));
}

/** @param {object[]} zones @returns {Reading[]} every zone unknown: what is shown when nothing is live */
export function allUnknown(zones) {
  return zones.map((zone) => blank(zone, null, null, 0));
}

function readZone(zone, index, message) {
  const newest = message.frames[message.frames.length - 1];
  const status = newest.status[index];
  const perN = zone.peak_kpa_per_n;
  const limitCn = message.limitCn[index];
  const warningKpa = kpaOrNull(message.warningCn[index], perN);
  const limitKpa = kpaOrNull(limitCn, perN);
  const base = blank(zone, warningKpa, limitKpa, priorityOf(status));
  // A zone without a limit or a factor cannot be judged, and what cannot be judged is not good.
  const frame = limitKpa === null || status & UNKNOWN ? null : newestValid(message, index);
  if (frame === null) return base;
  const forceCn = frame.forceCn[index];
  const [touched, share] = [Boolean(frame.status[index] & CONTACT), forceCn / limitCn];
  if (frame.status[index] & EXCLUDED) return { ...base, state: 'excluded', touched, share };
  if (!touched) return { ...base, state: 'no_contact' };
  return { ...base, state: 'ok', touched, share, peakKpa: (forceCn / 100) * perN };
}

const blank = (zone, warningKpa, limitKpa, priority) => ({
  zone, state: 'unknown', touched: false, share: null, peakKpa: null, warningKpa, limitKpa, priority,
});

const kpaOrNull = (forceCn, perN) => (forceCn > 0 && perN > 0 ? (forceCn / 100) * perN : null);

/** A single bad frame does not blank a zone: the newest good one of the same message stands in. */
function newestValid(message, index) {
  for (let at = message.frames.length - 1; at >= 0; at -= 1) {
    if (message.frames[at].status[index] & VALID) return message.frames[at];
  }
  return null;
}

/** @param {Reading[]} readings @returns {?Reading} the highest estimated peak of the zones in contact */
export function highest(readings) {
  return readings.reduce(
    (best, reading) => (reading.state === 'ok' && (!best || reading.peakKpa > best.peakKpa) ? reading : best),
    null,
  );
}

/**
 * The scale that most zones have; the legend speaks for these. An excluded zone has none.
 * @param {Reading[]} readings
 * @returns {?{warningKpa: number, limitKpa: number, others: number}} kPa, and how many zones have another one
 */
export function commonScale(readings) {
  const counts = new Map();
  const scaled = readings.filter((reading) => reading.state !== 'excluded');
  const judged = scaled.filter((reading) => reading.limitKpa !== null && reading.warningKpa !== null);
  for (const reading of judged) {
    const key = `${Math.round(reading.warningKpa)} ${Math.round(reading.limitKpa)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (!counts.size) return null;
  const [key, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  const [warningKpa, limitKpa] = key.split(' ').map(Number);
  return { warningKpa, limitKpa, others: scaled.length - count };
}
