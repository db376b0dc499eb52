/**
 * Decides whether what is on the screen is live. Pure: every method is told the time.
 *
 * Old values shown as current are the worst fault of this page, so the only way to be live is that the frame on the
 * screen is known to be less than 1.2 s old. Everything else is said to be late or silent.
 */
import { MatClock } from './mat-clock.js';

const OLD_AFTER_MS = 1200;
/** How long "waiting" may be said before the first frame. */
const FIRST_FRAME_WITHIN_MS = 5000;

export class Freshness {
  /** @param {number} nowMs monotonic milliseconds; the same clock in every call */
  constructor(nowMs) {
    this.matClock = new MatClock();
    this.startedMs = nowMs;
    this.bootId = null;
    this.retiredBoots = new Set();
    this.lastArrivedMs = null;
    this.lateSinceMs = null;
    this.#wait(nowMs, FIRST_FRAME_WITHIN_MS);
  }

  #wait(nowMs, graceMs) {
    this.waitUntilMs = nowMs + graceMs;
    this.onScreen = null;
  }

  /** The page was hidden: what it shows counts for nothing until a new frame is painted. */
  restart(nowMs) {
    this.#wait(nowMs, OLD_AFTER_MS);
  }

  /** The machine was asleep, and this clock perhaps with it: what was known of the mat's clock holds no more. */
  slept(nowMs) {
    this.matClock.forget();
    this.restart(nowMs);
  }

  /**
   * @param {{bootId: string, seq: number, tUs: number}} message
   * @param {number} nowMs
   * @returns {'live' | 'late' | 'old' | 'unsure'} only a 'live' message may be painted
   */
  arrived(message, nowMs) {
    if (this.retiredBoots.has(message.bootId)) return 'old';
    if (message.bootId !== this.bootId) this.#startBoot(message.bootId);
    else if (message.seq <= this.lastSeq) return 'old';
    this.lastSeq = message.seq;
    const ageMs = this.matClock.ageMs(message, nowMs);
    if (ageMs === null) return 'unsure';
    this.lateSinceMs = ageMs > OLD_AFTER_MS ? nowMs : null;
    if (this.lateSinceMs !== null) return 'late';
    this.lastArrivedMs = nowMs;
    return 'live';
  }

  #startBoot(bootId) {
    if (this.bootId !== null) this.retiredBoots.add(this.bootId);
    this.bootId = bootId;
  }

  /** Whether a message may still be painted, or be on the screen: time has passed since it came. */
  mayPaint(message, nowMs) {
    const ageMs = this.matClock.ageMs(message, nowMs);
    return this.lateSinceMs === null && ageMs !== null && ageMs <= OLD_AFTER_MS;
  }

  /** @param {{bootId: string, tUs: number}} message that is now on the screen */
  painted(message) {
    this.onScreen = message;
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
    if (this.lateSinceMs !== null && nowMs - this.lateSinceMs <= OLD_AFTER_MS) return 'late';
    if (this.onScreen !== null && this.mayPaint(this.onScreen, nowMs)) return 'live';
    return this.onScreen === null && nowMs < this.waitUntilMs ? 'connecting' : 'silent';
  }
}
