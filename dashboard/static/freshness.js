/**
 * Decides whether what is on the screen is live. Pure: every method is told the time.
 *
 * Old values shown as current are the worst fault of this page, so the only way to be live is that a frame which
 * arrived in time has been painted within the last 1.2 s. Everything else is said to be late or silent.
 */

const SILENT_AFTER_MS = 1200;
const LATE_AFTER_MS = 1000;
/** How long "waiting" may be said before the first frame. */
const FIRST_FRAME_WITHIN_MS = 5000;
/** Two quartz clocks drift apart: without this the page of a whole day would call good frames late. */
const DRIFT = 1e-4;

export class Freshness {
  /** @param {number} nowMs monotonic milliseconds; the same clock in every call */
  constructor(nowMs) {
    this.startedMs = nowMs;
    this.bootId = null;
    this.retiredBoots = new Set();
    this.lastArrivedMs = null;
    this.lateSinceMs = null;
    this.#wait(nowMs, FIRST_FRAME_WITHIN_MS);
  }

  #wait(nowMs, graceMs) {
    this.waitUntilMs = nowMs + graceMs;
    this.paintedArrivalMs = null;
  }

  /** The page was hidden or asleep: what it shows counts for nothing until a new frame is painted. */
  restart(nowMs) {
    this.#wait(nowMs, SILENT_AFTER_MS);
  }

  /**
   * @param {{bootId: string, seq: number, tUs: number}} message
   * @param {number} nowMs
   * @returns {'live' | 'late' | 'old'} only a 'live' message may be painted
   */
  arrived(message, nowMs) {
    if (this.retiredBoots.has(message.bootId)) return 'old';
    if (message.bootId !== this.bootId) this.#startBoot(message.bootId);
    else if (message.seq <= this.lastSeq) return 'old';
    this.lastSeq = message.seq;
    if (this.#lagMs(message, nowMs) > LATE_AFTER_MS) {
      this.lateSinceMs = nowMs;
      return 'late';
    }
    this.lateSinceMs = null;
    this.lastArrivedMs = nowMs;
    return 'live';
  }

  #startBoot(bootId) {
    if (this.bootId !== null) this.retiredBoots.add(this.bootId);
    this.bootId = bootId;
    this.smallestMs = Infinity;
    this.smallestAtMs = 0;
  }

  /** Transit time beyond the shortest one seen. The clocks of mat and browser need not agree. */
  #lagMs(message, nowMs) {
    const transitMs = nowMs - message.tUs / 1000;
    const allowed = this.smallestMs + (nowMs - this.smallestAtMs) * DRIFT;
    if (transitMs <= allowed) {
      this.smallestMs = transitMs;
      this.smallestAtMs = nowMs;
      return 0;
    }
    return transitMs - allowed;
  }

  /** Whether a message that came at `arrivedMs` may still be painted: the screen may have been asleep since. */
  mayPaint(arrivedMs, nowMs) {
    return this.lateSinceMs === null && nowMs - arrivedMs <= SILENT_AFTER_MS;
  }

  /** @param {number} arrivedMs when the message that is now on the screen came */
  painted(arrivedMs) {
    this.paintedArrivalMs = arrivedMs;
  }

  /**
   * @param {number} nowMs
   * @returns {{state: 'connecting' | 'live' | 'late' | 'silent', silentMs: number}} silentMs since the last good frame
   */
  status(nowMs) {
    const silentMs = nowMs - (this.lastArrivedMs ?? this.startedMs);
    return { state: this.#state(nowMs), silentMs };
  }

  #state(nowMs) {
    if (this.lateSinceMs !== null && nowMs - this.lateSinceMs <= SILENT_AFTER_MS) return 'late';
    const painted = this.paintedArrivalMs;
    if (painted !== null && this.mayPaint(painted, nowMs)) return 'live';
    return painted === null && nowMs < this.waitUntilMs ? 'connecting' : 'silent';
  }
}
