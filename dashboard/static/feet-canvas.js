/**
 * The pressure under both feet on a canvas: paper, field, holes, hatches, isobars, contours (design kit, FeetMap).
 */
import { CIVIDIS, cividis, stepOf } from './cividis.js';
import { token } from './dom.js';
import { coverage, extended, field } from './field.js';
import { HALF_GAP_MM, polygonPath, signOf } from './geometry.js';
import { isoline, refine } from './isolines.js';

/** The grid goes this far beyond the foot's box, mm (docs/protocol.md). */
const MARGIN_MM = 6;
/** Lines are worked out at most this often; the colours follow every frame. */
const LINES_EVERY_MS = 100;
/** Fine "/" and broad "\\": told apart by more than their colour. By state of the zone, CSS pixels. */
const HATCHES = {
  unknown: { everyPx: 12, widthPx: 4 / 3, rising: true },
  excluded: { everyPx: 16, widthPx: 4, rising: false },
};
const ISOBARS = [1, 2, 3, 4, 5, 6, 7].map((eighth) => eighth / 8);

export class FeetCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {object[]} zones of the layout, maybe none
   * @param {{left: string, right: string}} outlines SVG paths
   * @param {[number, number]} footMm length, width
   */
  constructor(canvas, zones, outlines, footMm) {
    this.context = canvas.getContext('2d');
    this.canvas = canvas;
    this.zones = zones;
    this.footMm = footMm;
    this.polygons = zones.map((zone) => new Path2D(polygonPath(zone.polygon_mm)));
    this.feet = ['left', 'right'].map((foot) => ({ foot, shape: new Path2D(outlines[foot]), map: null, lines: null }));
  }

  /** @param {import('./field.js').FootMap[]} maps */
  useMap(maps) {
    this.feet.forEach((each, index) => {
      each.map = maps[index];
      each.small = new OffscreenCanvas(maps[index].columns, maps[index].rows);
      each.image = new ImageData(maps[index].columns, maps[index].rows);
      each.lines = each.groupKey = null;
    });
  }

  /** @param {number} pxPerMm CSS pixels @param {[number, number]} originMm from the left and the top edge */
  resize(pxPerMm, originMm, widthPx, heightPx) {
    const density = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(widthPx * density);
    this.canvas.height = Math.round(heightPx * density);
    this.scale = pxPerMm * density;
    this.pxPerMm = pxPerMm;
    this.originMm = originMm;
    this.useTheme();
  }

  useTheme() {
    this.colors = {
      paper: token('--foot-ground'),
      line: token('--contour'), halo: token('--contour-halo'),
    };
    this.patterns = Object.fromEntries(Object.entries(HATCHES).map(([state, hatch]) => [state, this.#hatchPattern(state, hatch)]));
  }

  #hatchPattern(state, { everyPx, widthPx, rising }) {
    const density = this.scale / this.pxPerMm;
    const side = Math.round(everyPx * density);
    const tile = new OffscreenCanvas(side, side);
    const pen = tile.getContext('2d');
    pen.fillStyle = token(`--${state}-ground`);
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = token(`--${state}-line`);
    pen.lineWidth = widthPx * density;
    const [from, to] = rising ? [side + 2, -2] : [-2, side + 2];
    // Three strokes, so that the corners of the tile meet.
    for (const shift of [-side, 0, side]) {
      pen.moveTo(shift - 2, from);
      pen.lineTo(shift + side + 2, to);
    }
    pen.stroke();
    const pattern = this.context.createPattern(tile, 'repeat');
    pattern.setTransform(new DOMMatrix().scale(1 / this.scale));
    return pattern;
  }

  /**
   * @param {import('./readings.js').Reading[]} readings one for each zone; none: both feet unknown
   * @param {number} warningShare where the dashed contour runs, share of the limit
   * @param {number} nowMs
   */
  paint(readings, warningShare, nowMs) {
    const { context: pen, originMm: [left, top] } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.setTransform(this.scale, 0, 0, this.scale, left * this.scale, top * this.scale);
    for (const each of this.feet) {
      pen.save();
      pen.clip(each.shape);
      this.#paintFoot(each, readings, warningShare, nowMs);
      pen.restore();
    }
  }

  #paintFoot(each, readings, warningShare, nowMs) {
    const own = readings.filter((reading) => reading.zone.foot === each.foot);
    const inked = own.some((reading) => reading.state === 'ok');
    this.#fill(each.shape, own.length ? this.colors.paper : this.patterns.unknown);
    if (inked && each.map) this.#paintField(each, readings, warningShare, nowMs);
    else if (inked) this.#paintPlates(each, readings);
    this.#paintHatches(each, readings);
  }

  #fill(path, style) {
    this.context.fillStyle = style;
    this.context.fill(path);
  }

  /** Without the map operator each plate has one colour: plain, and still right. */
  #paintPlates(each, readings) {
    readings.forEach((reading, index) => {
      if (reading.zone.foot === each.foot && reading.state === 'ok') {
        this.#fill(this.polygons[index], cividis(reading.share));
      }
    });
  }

  #paintField(each, readings, warningShare, nowMs) {
    const cells = extended(each.map, field(each.map, readings.map((reading) => (reading.state === 'ok' ? reading.share : 0))));
    this.#paintImage(each, cells);
    this.#groups(each, readings);
    if (each.hole) this.#fill(each.hole, this.colors.paper);
    // One foot at a time, so that no single frame has to wait for both.
    if (!each.lines || (nowMs - each.linesMs >= LINES_EVERY_MS && this.linesPaintedMs !== nowMs)) {
      this.linesPaintedMs = nowMs;
      each.lines = this.#lines(each, cells, warningShare);
      each.linesMs = nowMs;
    }
    this.#strokeLines(each.lines);
    // Lines do not run through a hole.
    if (each.hole) this.#fill(each.hole, this.colors.paper);
  }

  #paintImage(each, cells) {
    const { rows, columns } = each.map;
    const data = each.image.data;
    for (let row = 0, at = 0; row < rows; row += 1) {
      const line = (rows - 1 - row) * columns;
      for (let column = 0; column < columns; column += 1, at += 1) {
        const to = 4 * (line + (each.foot === 'left' ? columns - 1 - column : column));
        const from = 4 * stepOf(cells[at]);
        for (let channel = 0; channel < 4; channel += 1) data[to + channel] = CIVIDIS[from + channel];
      }
    }
    each.small.getContext('2d').putImageData(each.image, 0, 0);
    const [length, width] = this.footMm.map((mm) => mm + 2 * MARGIN_MM);
    const near = HALF_GAP_MM - MARGIN_MM;
    this.context.imageSmoothingQuality = 'high';
    this.context.drawImage(each.small, each.foot === 'left' ? -near - width : near, MARGIN_MM - length, width, length);
  }

  /** Holes and hatches depend on which zones touch, which seldom changes. */
  #groups(each, readings) {
    const key = readings.map((reading) => reading.state[0]).join('');
    if (each.groupKey === key) return;
    each.groupKey = key;
    each.hole = this.#region(each, (zone) => readings[zone].state === 'no_contact');
    each.unknown = this.#region(each, (zone) => readings[zone].state === 'unknown');
  }

  #region(each, inGroup) {
    const { rows, columns } = each.map;
    const fine = refine(extended(each.map, coverage(each.map, inGroup)), rows, columns);
    // An empty rim closes every line, far outside the outline.
    for (let at = 0; at < fine.cells.length; at += 1) {
      const column = at % fine.columns;
      const rim = column === 0 || column === fine.columns - 1 || at < fine.columns || at >= fine.cells.length - fine.columns;
      if (rim) fine.cells[at] = 0;
    }
    const path = isoline(fine, 0.5, this.#toSvg(each, fine));
    return path ? new Path2D(path) : null;
  }

  #lines(each, cells, warningShare) {
    const fine = refine(cells, each.map.rows, each.map.columns);
    const toSvg = this.#toSvg(each, fine);
    const line = (level) => isoline(fine, level, toSvg);
    return {
      isobars: new Path2D(ISOBARS.map(line).join('')),
      warning: new Path2D(line(warningShare)),
      limit: new Path2D(line(1)),
    };
  }

  #toSvg(each, fine) {
    const [length, width] = this.footMm.map((mm) => mm + 2 * MARGIN_MM);
    const side = signOf(each.foot);
    return (column, row) => [
      side * (HALF_GAP_MM - MARGIN_MM + ((column + 0.5) * width) / fine.columns),
      MARGIN_MM - ((row + 0.5) * length) / fine.rows,
    ];
  }

  #strokeLines({ isobars, warning, limit }) {
    this.#stroke(isobars, 'rgb(255 255 255 / 34%)', 1);
    for (const [path, dash] of [[warning, [5, 4]], [limit, []]]) {
      this.#stroke(path, this.colors.halo, 4.5);
      this.#stroke(path, this.colors.line, 2, dash);
    }
  }

  #stroke(path, style, widthPx, dashPx = []) {
    const pen = this.context;
    pen.strokeStyle = style;
    pen.lineWidth = widthPx / this.pxPerMm;
    pen.lineJoin = 'round';
    pen.setLineDash(dashPx.map((px) => px / this.pxPerMm));
    pen.stroke(path);
    pen.setLineDash([]);
  }

  #paintHatches(each, readings) {
    if (each.map) this.#groups(each, readings);
    const own = readings.filter((reading) => reading.zone.foot === each.foot && reading.state in HATCHES);
    // What is unknown may reach a little further than its plate; what is to be kept off is that plate.
    const isUnknown = own.some((reading) => reading.state === 'unknown');
    if (each.map && each.unknown && isUnknown) this.#fill(each.unknown, this.patterns.unknown);
    readings.forEach((reading, index) => {
      if (own.includes(reading)) this.#fill(this.polygons[index], this.patterns[reading.state]);
    });
  }
}
