/**
 * The legend below the map: what the colours mean in kPa, for the limits that most zones have.
 */
import { byId, setText, show } from './dom.js';
import { commonScale } from './readings.js';
import { otherLimits } from './words.js';

/** @param {?import('./readings.js').Reading[]} readings null while nothing is live */
export function paintLegend(readings) {
  const scale = readings && commonScale(readings);
  const any = (state) => Boolean(readings?.some((reading) => reading.state === state));
  show(byId('scale'), Boolean(scale));
  show(byId('key-unknown'), !readings || any('unknown'));
  show(byId('key-excluded'), any('excluded'));
  if (!scale) return;
  byId('scale').style.setProperty('--warning', `${((100 * scale.warningKpa) / scale.limitKpa).toFixed(1)}%`);
  setText(byId('scale-warning'), String(scale.warningKpa));
  setText(byId('scale-limit'), String(scale.limitKpa));
  show(byId('scale-others'), scale.others > 0);
  setText(byId('scale-others'), otherLimits(scale.others));
}
