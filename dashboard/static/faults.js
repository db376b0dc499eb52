/**
 * What the mat says is wrong with itself, each with what to do: the banner shows only the gravest alarm.
 */
import { byId, node, show } from './dom.js';
import { WORDS } from './words.js';

const shown = new WeakMap();

/** @param {{state: ?object, isNow: boolean}} said of the model */
export function paintFaults(said) {
  const list = byId('faults');
  const faults = said.isNow ? said.state.alarms.filter((alarm) => alarm.kind === 'fault') : [];
  const rows = faults.map((fault) => [fault.instruction || WORDS.fault, fault.reason]);
  const key = JSON.stringify(rows);
  if (shown.get(list) === key) return;
  shown.set(list, key);
  show(byId('faults-card'), rows.length > 0);
  list.replaceChildren(...rows.map(([what, why]) => row(what, why)));
}

function row(what, why) {
  const words = node('div', '', node('b', '', what), node('br'), node('span', 'soft', why));
  return node('li', '', words);
}
