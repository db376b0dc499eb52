/**
 * The drawn field: weights from zones to a grid, worked out once by core (docs/protocol.md, map.bin). Pure.
 * The drawing between zones is made up; level, number and hatching of a zone come from its value, never from here.
 *
 * @typedef {object} FootMap
 * @property {'left' | 'right'} foot
 * @property {number} rows from the heel
 * @property {number} columns from the medial edge
 * @property {number[]} zoneIndex into `info.layout.zones`
 * @property {Float32Array} weights rows x columns x zones, 0 to 1
 * @property {Int32Array} source for each cell itself, or outside the outline the nearest cell that has weights
 */

const FULL = 65535;

/**
 * @param {ArrayBuffer} buffer map.bin
 * @returns {FootMap[]} left, then right
 * @throws {RangeError} when the length does not fit its own header
 */
export function parseMap(buffer) {
  const view = new DataView(buffer);
  let at = 0;
  const maps = ['left', 'right'].map((foot) => {
    const map = readFoot(view, at, foot);
    at = map.end;
    return map.value;
  });
  if (at !== buffer.byteLength) throw new RangeError(`map of ${buffer.byteLength} bytes, ${at} expected`);
  return maps;
}

function readFoot(view, start, foot) {
  const word = (offset) => view.getUint16(start + offset, true);
  const [rows, columns, zoneCount] = [word(0), word(2), word(4)];
  const zoneIndex = Array.from({ length: zoneCount }, (_, index) => word(8 + 2 * index));
  const first = 8 + 4 * Math.ceil(zoneCount / 2);
  const count = rows * columns * zoneCount;
  const weights = Float32Array.from({ length: count }, (_, index) => word(first + 2 * index) / FULL);
  const source = nearestFilled(weights, rows, columns, zoneCount);
  return { value: { foot, rows, columns, zoneIndex, weights, source }, end: start + first + 2 * count };
}

/** Outside the outline there are no weights; for a smooth edge the drawing goes on with the nearest cell inside. */
function nearestFilled(weights, rows, columns, zoneCount) {
  const source = new Int32Array(rows * columns).fill(-1);
  for (let cell = 0; cell < source.length; cell += 1) {
    for (let zone = 0; zone < zoneCount; zone += 1) if (weights[cell * zoneCount + zone] > 0) source[cell] = cell;
  }
  let open = source.includes(-1) && source.some((cell) => cell >= 0);
  while (open) open = spread(source, columns);
  return source;
}

function spread(source, columns) {
  const before = source.slice();
  before.forEach((own, cell) => {
    if (own >= 0) return;
    const column = cell % columns;
    const around = [
      before[cell - columns], before[cell + columns],
      column > 0 ? before[cell - 1] : -1, column < columns - 1 ? before[cell + 1] : -1,
    ];
    source[cell] = around.find((value) => value >= 0) ?? -1;
  });
  return source.includes(-1);
}

/**
 * The product of the weights with the share of each zone.
 * @param {FootMap} map
 * @param {ArrayLike<number>} share of each zone of the layout, 0 to 1 and beyond; 0 where there is no contact
 * @returns {Float32Array} rows x columns
 */
export function field(map, share) {
  const zoneCount = map.zoneIndex.length;
  const cells = new Float32Array(map.rows * map.columns);
  for (let cell = 0, at = 0; cell < cells.length; cell += 1) {
    let sum = 0;
    for (let zone = 0; zone < zoneCount; zone += 1, at += 1) sum += map.weights[at] * share[map.zoneIndex[zone]];
    cells[cell] = sum;
  }
  return cells;
}

/**
 * How much of each cell belongs to a group of zones.
 * @param {FootMap} map
 * @param {(zone: number) => boolean} inGroup by index in the layout
 * @returns {Float32Array} 0 to 1; 0 where the map has no weights
 */
export function coverage(map, inGroup) {
  const zoneCount = map.zoneIndex.length;
  const part = new Float32Array(map.rows * map.columns);
  const member = map.zoneIndex.map(inGroup);
  for (let cell = 0, at = 0; cell < part.length; cell += 1) {
    let [group, all] = [0, 0];
    for (let zone = 0; zone < zoneCount; zone += 1, at += 1) {
      all += map.weights[at];
      if (member[zone]) group += map.weights[at];
    }
    part[cell] = all > 0 ? group / all : 0;
  }
  return part;
}

/** @param {FootMap} map @param {Float32Array} cells @returns {Float32Array} the same, carried on outside the outline */
export function extended(map, cells) {
  const whole = new Float32Array(cells.length);
  for (let cell = 0; cell < cells.length; cell += 1) whole[cell] = map.source[cell] < 0 ? 0 : cells[map.source[cell]];
  return whole;
}
