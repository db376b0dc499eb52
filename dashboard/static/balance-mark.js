/**
 * The centre of pressure on the map, with a trail of its last five seconds.
 */
import { reducedMotion, setAll, show, svgNode } from './dom.js';

const TRAIL_MS = 5000;
const RADIUS_PX = 9;

export class BalanceMark {
  constructor() {
    this.trail = svgNode('path', { class: 'trail' });
    this.cross = ['cop-halo', 'cop'].map((name) => svgNode('path', { class: name }));
    this.pointer = svgNode('g', {}, ...this.cross);
    this.group = svgNode('g', { hidden: '' }, this.trail, this.pointer);
    this.points = [];
  }

  resize(pxPerMm) {
    const r = RADIUS_PX / pxPerMm;
    const d = `M${-2 * r} 0h${4 * r}M0 ${-2 * r}v${4 * r}M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    this.cross.forEach((path) => setAll(path, { d }));
  }

  /** @param {?[number, number]} copMm @param {number} nowMs */
  paint(copMm, nowMs) {
    show(this.group, copMm !== null);
    if (copMm === null) {
      // A trail over a time without a centre would join what was never joined.
      this.points = [];
      return;
    }
    this.points = this.points.filter((point) => nowMs - point.atMs < TRAIL_MS);
    this.points.push({ x: copMm[0], y: -copMm[1], atMs: nowMs });
    setAll(this.pointer, { transform: `translate(${copMm[0].toFixed(1)} ${(-copMm[1]).toFixed(1)})` });
    const d = reducedMotion() ? '' : `M${this.points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
    setAll(this.trail, { d });
  }
}
