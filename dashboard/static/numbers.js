/**
 * How numbers are written. Pure: no DOM, no clock.
 */

const NEWTONS_PER_KILOGRAM = 9.80665;

/**
 * Two significant digits (8.4, 96, 130, 240): an estimated pressure is not known better.
 * @param {?number} value any unit; a missing one is said in words, never as 0
 * @returns {string}
 */
export function twoDigits(value) {
  if (value === null || !Number.isFinite(value)) return 'unknown';
  const positive = Math.max(0, value);
  // 9.95 rounds to two digits as 10, so one decimal ends there.
  return positive < 9.95 ? positive.toFixed(1) : String(Number(positive.toPrecision(2)));
}

/**
 * @param {number} forceN newtons
 * @returns {string} kilograms, one decimal
 */
export function kilograms(forceN) {
  return Math.max(0, forceN / NEWTONS_PER_KILOGRAM).toFixed(1);
}

/**
 * @param {number} durationMs milliseconds
 * @returns {string} m:ss
 */
export function minutesSeconds(durationMs) {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/**
 * @param {number} wallMs milliseconds since 1970
 * @param {boolean} [withSeconds]
 * @returns {string} the local time of day, 10:41 or 10:41:52
 */
export function timeOfDay(wallMs, withSeconds = false) {
  const time = new Date(wallMs);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts
    .slice(0, withSeconds ? 3 : 2)
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
