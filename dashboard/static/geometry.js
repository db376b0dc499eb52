/**
 * The two feet on the mat, in the mat frame: millimetres, x to the right, y towards the toes. Pure.
 * SVG paths have y downwards, so there y is negated.
 */

/** Each foot begins this far from the middle of the mat, mm. */
export const HALF_GAP_MM = 30;

/** @param {'left' | 'right'} foot */
export const signOf = (foot) => (foot === 'left' ? -1 : 1);

/**
 * @param {{sole: number[][], toes: Object<string, number[][]>}} outline foot.json, in fractions of the foot
 * @param {[number, number]} footMm length, width
 * @returns {{left: number[][][], right: number[][][]}} closed polygons in mm: the sole, then each toe
 */
export function footParts(outline, [lengthMm, widthMm]) {
  const polygons = [outline.sole, ...Object.values(outline.toes)];
  const place = (foot) =>
    polygons.map((polygon) =>
      polygon.map(([x, y]) => [signOf(foot) * (HALF_GAP_MM + x * widthMm), y * lengthMm]));
  return { left: place('left'), right: place('right') };
}

const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const svg = ([x, y]) => `${x.toFixed(2)} ${(-y).toFixed(2)}`;

/** A closed polygon as a smooth SVG path. @param {number[][]} points mm */
export function smoothPath(points) {
  const last = points[points.length - 1];
  const curves = points.map((point, index) => {
    const next = points[(index + 1) % points.length];
    return `Q${svg(point)} ${svg(middle(point, next))}`;
  });
  return `M${svg(middle(last, points[0]))}${curves.join('')}Z`;
}

/** A closed polygon as a straight-edged SVG path. @param {number[][]} points mm */
export const polygonPath = (points) => `M${points.map(svg).join('L')}Z`;

/** @param {number[][]} polygon mm */
export function contains(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[i];
    const [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** @returns {number} mm from a point to the nearest edge of a polygon */
export function edgeDistance(polygon, x, y) {
  let nearest = Infinity;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[j];
    const [dx, dy] = [polygon[i][0] - ax, polygon[i][1] - ay];
    const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
    const clamped = Math.max(0, Math.min(1, along));
    nearest = Math.min(nearest, Math.hypot(x - ax - clamped * dx, y - ay - clamped * dy));
  }
  return nearest;
}

/** A finger is not exact: this much beside the drawn foot still counts, mm. */
const NEAR_MM = 10;

/**
 * @param {object[]} zones of the layout
 * @param {{left: number[][][], right: number[][][]}} parts of `footParts`
 * @returns {?object} the zone at a point of the mat, on the foot or close beside it
 */
export function zoneAt(zones, parts, x, y) {
  const zone = zones.find((each) => contains(each.polygon_mm, x, y));
  if (!zone) return null;
  const near = parts[zone.foot].some((part) => contains(part, x, y) || edgeDistance(part, x, y) <= NEAR_MM);
  return near ? zone : null;
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {object[]} zones
 * @param {object} from the zone that has the focus
 * @param {string} key name of an arrow key
 * @returns {?object} the next zone in that direction
 */
export function neighbour(zones, from, key) {
  const arrow = ARROWS[key];
  if (!arrow) return null;
  const score = (zone) => {
    const [dx, dy] = [zone.label_mm[0] - from.label_mm[0], zone.label_mm[1] - from.label_mm[1]];
    const ahead = dx * arrow[0] + dy * arrow[1];
    // Sideways distance counts double, so that the next one is the one a person would point at.
    return ahead > 8 ? ahead + 2 * Math.abs(dx * arrow[1] - dy * arrow[0]) : Infinity;
  };
  const best = zones.reduce((a, b) => (score(b) < score(a) ? b : a), from);
  return Number.isFinite(score(best)) ? best : null;
}
