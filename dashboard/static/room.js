/**
 * Paints the live room from the model's view: words, banner, cards. The map is painted by `live.js`, frame by frame.
 */
import { balanceOf, paintBalance } from './balance.js';
import { byId, setAll, setText, show } from './dom.js';
import { paintLastReading } from './last-reading.js';
import { paintLegend } from './legend.js';
import { WORDS } from './words.js';

/** @param {object} view of the model @param {number} nowMs */
export function paintRoom(view, nowMs) {
  paintHead(view);
  const old = view.mode === 'silent' || view.mode === 'late';
  show(byId('live-cards'), !old);
  show(byId('silent-cards'), old);
  setText(byId('map-title'), view.live ? WORDS.pressureNow : WORDS.pressureUnknown);
  setText(byId('map-what'), view.live ? WORDS.estimatedPeak : WORDS.bothFeet);
  paintLegend(view.live?.readings ?? null);
  if (old) paintLastReading(view.last, nowMs);
}

function paintHead(view) {
  setText(byId('title'), view.headline.title);
  setText(byId('lead'), view.headline.lead);
  setText(byId('link-text'), view.linkText);
  setAll(byId('link-state'), { 'data-state': view.mode });
  document.title = `${view.banner?.title ?? view.headline.title} · ${WORDS.product}`;
}

/**
 * Balance and zone table.
 * @param {?object} live what is live; null: every number goes
 * @param {import('./mirror.js').Mirror} mirror
 * @param {import('./readings.js').Reading[]} unknown the same zones, all unknown
 */
export function paintCards(live, mirror, unknown) {
  mirror?.paint(live?.readings ?? unknown);
  paintBalance(live ? balanceOf(live.readings, live.message) : { leftPct: null, word: WORDS.balanceUnknown, total: '' });
}

/** The permanent note of a mat that is not a real one. */
export function paintNote(info) {
  const canPress = info.verbs?.includes('sim.press');
  const simulated = canPress ? WORDS.simulated : WORDS.simulatedNoPress;
  // Whatever is not a real converter is said, also a source that this page does not know.
  const note = { hx711: '', replay: WORDS.replayed }[info.source] ?? simulated;
  show(byId('note'), note !== '');
  setText(byId('note'), note);
}

/** What a browser keeps from a page that anybody on the way could have changed is said, with the reason. */
export function paintInsecure(insecure) {
  show(byId('insecure'), insecure);
  setText(byId('insecure'), insecure ? WORDS.insecure : '');
}

/**
 * A page that cannot paint must not go on showing what it painted last.
 * @param {boolean} broken
 */
export function paintBroken(broken) {
  document.body.classList.toggle('broken', broken);
  if (!broken) return;
  setText(byId('title'), WORDS.broken);
  setText(byId('lead'), WORDS.brokenLead);
}
