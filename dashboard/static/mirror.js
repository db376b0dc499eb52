/**
 * The zone table: the same numbers as the map, for every reader. Left values left, names between, right values right.
 */
import { node, setText, show } from './dom.js';
import { twoDigits } from './numbers.js';
import { sign } from './signs.js';
import { PRIORITY_WORD, WORDS } from './words.js';

const PRIORITY = [null, 'low', 'medium', 'high'];
const SAID = { no_contact: WORDS.noContact, unknown: WORDS.unknown, excluded: WORDS.keepOff };

export class Mirror {
  /** @param {HTMLTableSectionElement} body @param {object[]} zones of the layout */
  constructor(body, zones) {
    this.cells = new Map();
    // Rows go by name, so that any layout with the same zones on both feet has one row for each pair.
    const names = [...new Set(zones.map((zone) => zone.name))];
    body.replaceChildren(...names.map((name) => this.#row(name, zones)));
  }

  #row(name, zones) {
    const of = (foot) => zones.find((zone) => zone.name === name && zone.foot === foot);
    const heading = node('th', '', name);
    heading.scope = 'row';
    return node('tr', '', this.#cell(of('left'), 'left'), heading, this.#cell(of('right'), 'right'));
  }

  #cell(zone, foot) {
    const cell = node('td', foot);
    if (!zone) return cell;
    const parts = { number: node('span'), sign: node('span', 'at-number'), bar: node('i'), tick: node('b'), priority: 0 };
    parts.value = node('span', 'value', ...(foot === 'left' ? [parts.number, parts.sign] : [parts.sign, parts.number]));
    parts.track = node('span', 'track', parts.bar, parts.tick);
    parts.box = node('div', '', ...(foot === 'left' ? [parts.value, parts.track] : [parts.track, parts.value]));
    cell.append(parts.box);
    this.cells.set(zone.id, parts);
    return cell;
  }

  /** @param {import('./readings.js').Reading[]} readings */
  paint(readings) {
    for (const reading of readings) this.#paintCell(this.cells.get(reading.zone.id), reading);
  }

  #paintCell(parts, reading) {
    const said = SAID[reading.state];
    setText(parts.number, said ?? twoDigits(reading.peakKpa));
    parts.box.className = [said ? 'said' : '', PRIORITY[reading.priority] ?? ''].join(' ').trim();
    this.#paintSign(parts, reading.priority);
    show(parts.track, !said);
    if (said) return;
    parts.bar.style.width = `${Math.min(100, reading.share * 100).toFixed(0)}%`;
    show(parts.tick, reading.warningKpa !== null);
    if (reading.warningKpa === null) return;
    parts.tick.style.setProperty('--at', `${((100 * reading.warningKpa) / reading.limitKpa).toFixed(0)}%`);
  }

  #paintSign(parts, priority) {
    if (priority === parts.priority) return;
    parts.priority = priority;
    const name = PRIORITY[priority];
    parts.sign.replaceChildren(...(name ? [sign(name), node('span', 'sr', ` ${PRIORITY_WORD[name]}`)] : []));
  }
}
