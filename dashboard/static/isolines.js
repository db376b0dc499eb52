/**
 * Lines of equal value through a grid, as smooth SVG paths in the mat frame. Pure.
 */

const SMOOTHING_PASSES = 3;

/**
 * Twice as fine, then smoothed, so that lines do not show the grid.
 * @param {Float32Array} cells rows x columns
 * @returns {{cells: Float32Array, rows: number, columns: number}}
 */
export function refine(cells, rows, columns) {
  const fine = { cells: new Float32Array(4 * rows * columns), rows: 2 * rows, columns: 2 * columns };
  for (let row = 0, at = 0; row < fine.rows; row += 1) {
    for (let column = 0; column < fine.columns; column += 1, at += 1) {
      fine.cells[at] = between(cells, rows, columns, (row - 0.5) / 2, (column - 0.5) / 2);
    }
  }
  for (let pass = 0; pass < SMOOTHING_PASSES; pass += 1) {
    smooth(fine, 1);
    smooth(fine, fine.columns);
  }
  return fine;
}

function between(cells, rows, columns, row, column) {
  const low = Math.floor(row);
  const left = Math.floor(column);
  const [down, across] = [row - low, column - left];
  const r0 = Math.max(0, low) * columns;
  const r1 = Math.min(rows - 1, low + 1) * columns;
  const c0 = Math.max(0, left);
  const c1 = Math.min(columns - 1, left + 1);
  return (cells[r0 + c0] * (1 - across) + cells[r0 + c1] * across) * (1 - down)
    + (cells[r1 + c0] * (1 - across) + cells[r1 + c1] * across) * down;
}

/** 1-2-1 along one direction; the outermost cells stay as they are. */
function smooth(fine, stride) {
  const from = fine.cells.slice();
  const last = fine.columns - 1;
  for (let at = stride; at < from.length - stride; at += 1) {
    const column = at % fine.columns;
    if (column > 0 && column < last) fine.cells[at] = (from[at - stride] + 2 * from[at] + from[at + stride]) / 4;
  }
}

/**
 * Marching squares. Every crossing lies on one edge of the grid and so has a number; two crossings of a square are
 * joined, and a line is followed from edge to edge.
 * @param {{cells: Float32Array, rows: number, columns: number}} fine
 * @param {number} level
 * @param {(column: number, row: number) => [number, number]} toSvg grid place to SVG user units
 * @returns {string} path data, empty when the level is not reached
 */
export function isoline(fine, level, toSvg) {
  const links = new Map();
  for (let row = 0; row < fine.rows - 1; row += 1) {
    for (let column = 0; column < fine.columns - 1; column += 1) joinSquare(fine, level, row, column, links);
  }
  return follow(links).map((line) => linePath(line.map((edge) => toSvg(...place(fine, level, edge))))).join('');
}

function joinSquare({ cells, columns }, level, row, column, links) {
  const at = row * columns + column;
  const a = cells[at] >= level;
  const b = cells[at + 1] >= level;
  const c = cells[at + columns + 1] >= level;
  const d = cells[at + columns] >= level;
  if (a === b && b === c && c === d) return;
  const crossed = [];
  // Edge 2n runs from cell n to the right, edge 2n + 1 from cell n upwards.
  if (a !== b) crossed.push(2 * at);
  if (b !== c) crossed.push(2 * (at + 1) + 1);
  if (c !== d) crossed.push(2 * (at + columns));
  if (d !== a) crossed.push(2 * at + 1);
  for (let pair = 0; pair + 1 < crossed.length; pair += 2) {
    join(links, crossed[pair], crossed[pair + 1]);
    join(links, crossed[pair + 1], crossed[pair]);
  }
}

function join(links, from, to) {
  const known = links.get(from);
  if (known) known.push(to);
  else links.set(from, [to]);
}

/** Lines as lists of edges; a closed one ends where it began. Open ends first, so that no line is cut in two. */
function follow(links) {
  const lines = [];
  const starts = [...links.keys()].sort((a, b) => links.get(a).length - links.get(b).length);
  for (const start of starts) {
    let at = start;
    const line = [start];
    while (links.get(at)?.length) {
      const next = links.get(at).pop();
      const back = links.get(next);
      back.splice(back.indexOf(at), 1);
      line.push(next);
      at = next;
    }
    if (line.length > 1) lines.push(line);
  }
  return lines;
}

function place({ cells, columns }, level, edge) {
  const at = edge >> 1;
  const other = edge & 1 ? at + columns : at + 1;
  const part = (level - cells[at]) / (cells[other] - cells[at]);
  const [column, row] = [at % columns, Math.floor(at / columns)];
  return edge & 1 ? [column, row + part] : [column + part, row];
}

const text = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

function linePath(points) {
  const [first, last] = [points[0], points[points.length - 1]];
  const closed = first[0] === last[0] && first[1] === last[1];
  const corners = closed ? points.slice(1) : points.slice(1, -1);
  const start = closed ? middle(last, corners[0]) : first;
  let path = `M${text(start)}`;
  corners.forEach((point, index) => {
    const next = corners[index + 1] ?? (closed ? corners[0] : last);
    path += `Q${text(point)} ${text(middle(point, next))}`;
  });
  return closed ? `${path}Z` : `${path}L${text(last)}`;
}
