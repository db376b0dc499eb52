/**
 * FeetMap: the canvas with the pressure and, over it, an SVG with outline, joints, edges, signs, numbers and the
 * centre of pressure. Nodes are made once for a layout and then only changed.
 */
import { BalanceMark } from './balance-mark.js';
import { node, setAll, svgNode } from './dom.js';
import { FeetCanvas } from './feet-canvas.js';
import { HALF_GAP_MM, contains, footParts, smoothPath } from './geometry.js';
import { commonScale } from './readings.js';
import { WORDS } from './words.js';
import { ZoneMark } from './zone-mark.js';

const PAD_MM = { side: 16, top: 12, bottom: 30 };
/** Under this width only the gravest sign of each foot is drawn; the table says the rest. */
const WIDE_PX = 420;

export class FeetMap {
  /**
   * @param {HTMLElement} host
   * @param {object} outline foot.json
   * @param {object[]} zones of the layout; none while nothing is known of the mat
   * @param {[number, number]} footMm length, width
   */
  constructor(host, outline, zones, footMm) {
    const [lengthMm, widthMm] = footMm;
    this.host = host;
    this.zones = zones;
    this.parts = footParts(outline, footMm);
    this.halfMm = HALF_GAP_MM + widthMm + PAD_MM.side;
    this.topMm = lengthMm + PAD_MM.top;
    this.box = [-this.halfMm, -this.topMm, 2 * this.halfMm, this.topMm + PAD_MM.bottom];
    this.outlines = { left: this.parts.left.map(smoothPath).join(''), right: this.parts.right.map(smoothPath).join('') };
    /** Just both outlines, for the small picture in the banner. */
    this.pictureBox = [14 - this.halfMm, 8 - this.topMm, 2 * (this.halfMm - 14), this.topMm];
    this.readings = [];
    this.#build(footMm);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#resize());
    this.#resize();
  }

  #build(footMm) {
    const canvas = node('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    this.svg = svgNode('svg', { viewBox: this.box.join(' '), role: 'img', 'aria-label': WORDS.pressureUnknown });
    this.canvas = new FeetCanvas(canvas, this.zones, this.outlines, footMm);
    this.host.style.aspectRatio = `${this.box[2]} / ${this.box[3]}`;
    this.host.replaceChildren(canvas, this.svg);
    this.defs = svgNode('defs');
    this.svg.append(this.defs);
    for (const foot of ['left', 'right']) {
      this.defs.append(svgNode('clipPath', { id: `clip-${foot}` }, svgNode('path', { d: this.outlines[foot] })));
      if (!this.#covered(foot)) this.svg.append(svgNode('path', { class: 'outline', d: this.outlines[foot] }));
    }
    this.marks = this.zones.map((zone) => new ZoneMark(zone, this.outlines[zone.foot]));
    this.defs.append(...this.marks.map((mark) => mark.clip));
    // By layers, not by zones: a sign must never lie under the edge of its neighbour.
    for (const layer of ['joint', 'outline', 'hot', 'sign', 'pill']) this.svg.append(...this.marks.map((mark) => mark[layer]));
    this.sides = ['left', 'right'].map((foot) => {
      const x = (foot === 'left' ? -1 : 1) * (HALF_GAP_MM + 0.4 * footMm[1]);
      return svgNode('text', { class: 'side', x, y: 24 }, WORDS[foot]);
    });
    this.balance = new BalanceMark();
    this.svg.append(...this.sides, this.balance.group);
  }

  /** Whether the zones carry the whole outline; where they do not, it is drawn on its own. */
  #covered(foot) {
    const polygons = this.zones.filter((zone) => zone.foot === foot).map((zone) => zone.polygon_mm);
    return this.parts[foot].flat().every(([x, y]) => polygons.some((polygon) => contains(polygon, x, y)));
  }

  /** Stops watching the page; called before another map takes the place. */
  close() {
    this.observer.disconnect();
  }

  #resize() {
    const widthPx = this.host.clientWidth || 300;
    this.pxPerMm = widthPx / this.box[2];
    this.wide = widthPx >= WIDE_PX;
    this.canvas.resize(this.pxPerMm, [this.halfMm, this.topMm], widthPx, this.pxPerMm * this.box[3]);
    const textPx = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.sides.forEach((side) => setAll(side, { 'font-size': textPx / this.pxPerMm }));
    this.marks.forEach((mark) => mark.resize(this.pxPerMm, textPx, this.wide));
    this.balance.resize(this.pxPerMm);
    this.#paintCanvas(-Infinity);
    this.paintNumbers();
  }

  /** @param {import('./field.js').FootMap[]} maps */
  useMap(maps) {
    this.canvas.useMap(maps);
    this.#paintCanvas(-Infinity);
  }

  /**
   * @param {import('./readings.js').Reading[]} readings
   * @param {?[number, number]} copMm
   * @param {number} nowMs
   */
  paint(readings, copMm, nowMs) {
    this.readings = readings;
    this.#paintCanvas(nowMs);
    readings.forEach((reading, index) => this.marks[index].paint(reading));
    this.balance.paint(copMm, nowMs);
  }

  #paintCanvas(nowMs) {
    const scale = commonScale(this.readings);
    this.canvas.paint(this.readings, scale ? scale.warningKpa / scale.limitKpa : 0.75, nowMs);
  }

  /** Numbers and signs, which may change four times a second. @param {string} [label] for screen readers */
  paintNumbers(label) {
    if (label) setAll(this.svg, { 'aria-label': label });
    this.readings.forEach((reading, index) => {
      this.marks[index].paintNumber(reading, this.wide, this.wide || this.#gravest(index));
    });
  }

  #gravest(index) {
    const { priority, zone } = this.readings[index];
    return !this.readings.some((other, at) =>
      other.zone.foot === zone.foot && (other.priority > priority || (other.priority === priority && at < index)));
  }
}
