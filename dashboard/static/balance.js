/**
 * The balance card: two numbers and a beam, and how much stands on the mat.
 */
import { byId, setText, show } from './dom.js';
import { kilograms } from './numbers.js';
import { WORDS } from './words.js';

/** Between these shares nobody leans, per cent left. */
const EVEN = [40, 60];

/** @param {?number} leftPct @returns {string} the balance in words */
export function balanceWord(leftPct) {
  if (leftPct === null) return WORDS.balanceUnknown;
  if (leftPct >= EVEN[0] && leftPct <= EVEN[1]) return WORDS.aboutEven;
  return leftPct > EVEN[1] ? WORDS.leaningLeft : WORDS.leaningRight;
}

/**
 * @param {import('./readings.js').Reading[]} readings
 * @param {import('./live-message.js').LiveMessage} message
 * @returns {{leftPct: ?number, word: string, total: string}} what the card says
 */
export function balanceOf(readings, message) {
  const unknown = readings.some((reading) => reading.state === 'unknown');
  const empty = !unknown && !readings.some((reading) => reading.touched);
  const anyKnown = readings.some((reading) => reading.state !== 'unknown');
  const leftPct = empty ? null : message.leftSharePct;
  const total = `${kilograms(message.totalN)}\u2009kg · ${Math.max(0, Math.round(message.totalN))}\u2009N`;
  return {
    leftPct,
    word: empty ? WORDS.noFeet : balanceWord(leftPct),
    total: anyKnown ? `${total} ${unknown ? WORDS.knownOnly : WORDS.onMat}` : '',
  };
}

/** @param {ReturnType<typeof balanceOf>} balance */
export function paintBalance({ leftPct, word, total }) {
  const known = leftPct !== null;
  const left = known ? Math.round(leftPct) : 0;
  for (const id of ['share-left', 'share-right', 'balance-dot']) show(byId(id), known);
  setText(byId('share-left').firstElementChild, String(left));
  setText(byId('share-right').firstElementChild, String(100 - left));
  // The dot leans to the loaded side, so more on the left moves it left.
  byId('balance-dot').style.left = `${100 - left}%`;
  setText(byId('balance-word'), word);
  setText(byId('total'), total);
}
