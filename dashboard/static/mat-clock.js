/**
 * How late it is on the mat, at most. Pure: every method is told the time.
 *
 * The page asks, and the answer carries the mat's time. It was read after the question was sent, so the mat's clock
 * is now no further than that time plus all that has passed since the question. The tightest answer counts; a slow
 * way can only make frames look older than they are, never younger.
 */

/** Two quartz clocks drift apart: an old answer is trusted a little less each second. */
const DRIFT = 1e-4;
/** A frame cannot come from later than now: if it does, this clock has stood still (sleep), and no answer holds. */
const IMPOSSIBLE_MS = -100;

export class MatClock {
  constructor() {
    this.forget();
  }

  forget() {
    this.bootId = null;
  }

  /**
   * @param {string} bootId
   * @param {number} tMs the mat's time in the answer, milliseconds since its boot
   * @param {number} askedMs when the question was sent
   */
  told(bootId, tMs, askedMs) {
    const aheadMs = tMs - askedMs;
    const known = bootId === this.bootId;
    if (known && aheadMs > this.#aheadMs(askedMs)) return;
    this.bootId = bootId;
    this.aheadMs = aheadMs;
    this.atMs = askedMs;
  }

  #aheadMs(nowMs) {
    return this.aheadMs + Math.max(0, nowMs - this.atMs) * DRIFT;
  }

  /**
   * @param {{bootId: string, tUs: number}} message
   * @param {number} nowMs
   * @returns {?number} how old it is at most, milliseconds; null when nobody knows
   */
  ageMs(message, nowMs) {
    if (message.bootId !== this.bootId) return null;
    const ageMs = nowMs + this.#aheadMs(nowMs) - message.tUs / 1000;
    if (ageMs >= IMPOSSIBLE_MS) return Math.max(0, ageMs);
    this.forget();
    return null;
  }
}
