/**
 * The card "Last reading": old values stand only here, with their time.
 */
import { balanceOf } from './balance.js';
import { byId, setText, show } from './dom.js';
import { timeOfDay, twoDigits } from './numbers.js';
import { highest } from './readings.js';
import { WORDS, ago, capital, zonePhrase } from './words.js';

/**
 * @param {?object} last the newest live reading that came
 * @param {number} nowMs
 */
export function paintLastReading(last, nowMs) {
  show(byId('last-card'), last !== null);
  if (!last) return;
  const top = highest(last.readings);
  const balance = balanceOf(last.readings, last.message);
  setText(byId('last-when'), `${timeOfDay(last.wallMs, true)}, ${ago(nowMs - last.arrivedMs)}`);
  tile('last-highest', top ? twoDigits(top.peakKpa) : WORDS.none, top ? WORDS.kpa : '');
  setText(byId('last-where'), top ? capital(zonePhrase(top.zone)) : WORDS.noContact);
  const known = balance.leftPct !== null;
  tile('last-share', known ? String(Math.round(balance.leftPct)) : WORDS.none, known ? '%' : '');
  setText(byId('last-balance'), balance.word);
  setText(byId('last-total'), balance.total.split(' · ')[0]);
}

function tile(id, value, unit) {
  setText(byId(id).firstElementChild, value);
  setText(byId(id).lastElementChild, unit);
}
