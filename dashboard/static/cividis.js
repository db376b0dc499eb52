/**
 * The cividis ramp, 0 = no pressure to 1 = at the zone's limit. Pure. Perceptually even, also for the colour blind.
 */

const STOPS = [
  0x00224e, 0x002e6a, 0x1a386f, 0x32436d, 0x434e6c, 0x535a6d, 0x61656f, 0x6f7073, 0x7d7c78,
  0x8c8878, 0x9b9476, 0xaba072, 0xbcae6c, 0xcdbb63, 0xdec958, 0xf0d846, 0xfee838,
];
const STEPS = 256;

/** RGBA bytes of 256 steps. */
export const CIVIDIS = buildTable();

function buildTable() {
  const table = new Uint8ClampedArray(STEPS * 4);
  for (let step = 0; step < STEPS; step += 1) {
    const at = (step / (STEPS - 1)) * (STOPS.length - 1);
    const low = Math.min(STOPS.length - 2, Math.floor(at));
    [16, 8, 0].forEach((shift, channel) => {
      const [a, b] = [(STOPS[low] >> shift) & 255, (STOPS[low + 1] >> shift) & 255];
      table[step * 4 + channel] = a + (b - a) * (at - low);
    });
    table[step * 4 + 3] = 255;
  }
  return table;
}

/** @param {number} share 0 to 1, clamped @returns {number} index of the step in `CIVIDIS` */
export const stepOf = (share) => Math.round(Math.max(0, Math.min(1, share)) * (STEPS - 1));

/** @param {number} share @returns {string} CSS colour */
export function cividis(share) {
  const at = stepOf(share) * 4;
  return `rgb(${CIVIDIS[at]} ${CIVIDIS[at + 1]} ${CIVIDIS[at + 2]})`;
}
