/**
 * When to beep. Pure: every method is told the time; `sound.js` makes the noise.
 */
import { RANK } from './alarms.js';

const REPEAT_MS = { high: 10000, medium: 25000 };
export const PAUSE_MS = 120000;

export class SoundPlan {
  constructor() {
    this.known = new Set();
    this.nextMs = 0;
    this.pausedUntilMs = 0;
  }

  /**
   * @param {{key: string, priority: 'high' | 'medium'}[]} alarms raised and not acknowledged
   * @param {number} nowMs
   * @returns {?('high' | 'medium')} the pattern to play now
   */
  due(alarms, nowMs) {
    const keys = new Set(alarms.map((alarm) => alarm.key));
    // Anything new or graver ends a pause and sounds at once; what went and came back is new again.
    if ([...keys].some((key) => !this.known.has(key))) this.soundNow();
    this.known = keys;
    if (!alarms.length) this.soundNow();
    if (!alarms.length || nowMs < this.pausedUntilMs || nowMs < this.nextMs) return null;
    const priority = alarms.reduce((a, b) => (RANK[b.priority] > RANK[a.priority] ? b : a)).priority;
    this.nextMs = nowMs + REPEAT_MS[priority];
    return priority;
  }

  /** Ends a pause; the next alarm that stands sounds without delay. */
  soundNow() {
    this.pausedUntilMs = 0;
    this.nextMs = 0;
  }

  /** Silences this page, not the mat, for two minutes. */
  pause(nowMs) {
    this.pausedUntilMs = nowMs + PAUSE_MS;
    this.nextMs = this.pausedUntilMs;
  }

  /** @returns {number} milliseconds left of a pause, 0 without one */
  pauseLeftMs(nowMs) {
    return Math.max(0, this.pausedUntilMs - nowMs);
  }
}
