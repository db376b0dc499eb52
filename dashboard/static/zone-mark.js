/**
 * What the SVG of the map shows of one zone: its stretch of outline, joint, red edge, sign and number.
 */
import { setAll, setText, show, svgNode } from './dom.js';
import { twoDigits } from './numbers.js';
import { polygonPath } from './geometry.js';
import { sign } from './signs.js';

const PRIORITY = [null, 'low', 'medium', 'high'];
const PILL_HEIGHT_EM = 1.55;
const DIGIT_EM = 0.57;
const PILL_ENDS_EM = 0.8;

export class ZoneMark {
  /** @param {object} zone of the layout @param {string} outline SVG path of its foot */
  constructor(zone, outline) {
    this.zone = zone;
    const edge = polygonPath(zone.polygon_mm);
    const foot = `url(#clip-${zone.foot})`;
    const own = `url(#clip-${zone.id})`;
    this.clip = svgNode('clipPath', { id: `clip-${zone.id}` }, svgNode('path', { d: edge }));
    this.joint = svgNode('g', { 'clip-path': foot, hidden: '' }, svgNode('path', { class: 'joint', d: edge }));
    this.outline = svgNode('path', { class: 'outline', d: outline, 'clip-path': own });
    // The zone's edge as far as it lies under the foot, closed by the foot's own outline.
    this.hot = svgNode('g', { hidden: '' }, ...['hot-halo', 'hot'].flatMap((name) => [
      svgNode('g', { 'clip-path': foot }, svgNode('path', { class: name, d: edge })),
      svgNode('g', { 'clip-path': own }, svgNode('path', { class: name, d: outline })),
    ]));
    this.sign = svgNode('g', { hidden: '' });
    this.rect = svgNode('rect', { class: 'pill' });
    this.number = svgNode('text', { class: 'pill-number' });
    this.pill = svgNode('g', { hidden: '' }, this.rect, this.number);
  }

  resize(pxPerMm, textPx, wide) {
    this.textMm = textPx / pxPerMm;
    this.signMm = (wide ? 44 : 34) / pxPerMm;
    setAll(this.number, { 'font-size': this.textMm });
    this.shownPriority = 0;
  }

  /** What follows every frame. @param {import('./readings.js').Reading} reading */
  paint(reading) {
    setAll(this.outline, { class: reading.state === 'no_contact' ? 'outline dashed' : 'outline' });
    show(this.joint, reading.state === 'unknown' || reading.state === 'excluded');
    show(this.hot, reading.priority === 3);
  }

  /** What may change four times a second. */
  paintNumber(reading, withNumber, withSign) {
    const priority = withSign ? reading.priority : 0;
    this.#paintSign(priority);
    const shown = withNumber && reading.state === 'ok';
    show(this.pill, shown);
    if (shown) this.#paintPill(twoDigits(reading.peakKpa), priority > 0);
  }

  #paintSign(priority) {
    show(this.sign, priority > 0);
    if (priority === 0 || priority === this.shownPriority) return;
    this.shownPriority = priority;
    const picture = sign(PRIORITY[priority]);
    const [x, y] = this.zone.label_mm;
    setAll(picture, { x: x - this.signMm / 2, y: -y - this.signMm / 2, width: this.signMm, height: this.signMm });
    this.sign.replaceChildren(picture);
  }

  /** The number stands where the sign would, or right below the sign. */
  #paintPill(text, belowSign) {
    const [x, y] = this.zone.label_mm;
    const height = PILL_HEIGHT_EM * this.textMm;
    const width = (DIGIT_EM * text.length + PILL_ENDS_EM) * this.textMm;
    const centre = -y + (belowSign ? (this.signMm + height) / 2 : 0);
    setAll(this.rect, { x: x - width / 2, y: centre - height / 2, width, height, rx: height / 2 });
    setAll(this.number, { x, y: centre });
    setText(this.number, text);
  }
}
