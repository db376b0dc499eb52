/**
 * What a person tells the mat about the alarm in the banner: that it has been seen, here or beside the mat, or that it
 * may be silent for a while. Says when it did not arrive. Pure but for `send`.
 */
import { WORDS } from './words.js';

/** No answer after this long means that nobody has heard it. */
const ANSWER_WITHIN_MS = 3000;
/** The longest pause that the mat grants, and once for each alarm. Seconds. */
export const PAUSE_S = 120;

export class Ask {
  /**
   * @param {(verb: string, args: object) => ?string} send returns the id of the command, null when it cannot go
   * @param {string} verb
   * @param {object} [more] arguments beside zone and rule
   */
  constructor(send, verb, more = {}) {
    this.send = send;
    this.verb = verb;
    this.more = more;
    this.asked = new Map();
  }

  /** One command for each alarm that the banner speaks for. @param {object} banner of `bannerOf` @param {number} nowMs */
  press(banner, nowMs) {
    const ids = banner.rules.map((rule) => this.send(this.verb, { zone: banner.zone, rule, ...this.more }));
    this.asked.set(banner.key, { open: new Set(ids), atMs: nowMs, failed: ids.includes(null) });
  }

  /** @param {{id: string, ok: boolean}} reply */
  answered(reply) {
    for (const entry of this.asked.values()) {
      if (entry.open.delete(reply.id) && !reply.ok) entry.failed = true;
    }
  }

  forget(banner) {
    this.asked.delete(banner.key);
  }

  /** Whether the mat has taken it. */
  isDone(banner) {
    const entry = this.asked.get(banner.key);
    return Boolean(entry) && !entry.failed && entry.open.size === 0;
  }

  /** @returns {?number} milliseconds since it was sent, null when it was not */
  agoMs(banner, nowMs) {
    const entry = this.asked.get(banner.key);
    return entry ? nowMs - entry.atMs : null;
  }

  /** @returns {?string} what the button says instead of its own words */
  word(banner, nowMs) {
    const entry = this.asked.get(banner.key);
    if (!entry) return null;
    const late = entry.open.size > 0 && nowMs - entry.atMs > ANSWER_WITHIN_MS;
    return entry.failed || late ? WORDS.notSent : WORDS.sending;
  }
}

/** The three things, and what the banner's buttons need to know of them. */
export class Asks {
  /** @param {(verb: string, args: object) => ?string} send */
  constructor(send) {
    this.seen = new Ask(send, 'alarm.ack');
    this.beside = new Ask(send, 'alarm.ack', { beside: true });
    this.pause = new Ask(send, 'alarm.pause', { seconds: PAUSE_S });
  }

  answered(reply) {
    for (const ask of [this.seen, this.beside, this.pause]) ask.answered(reply);
  }

  /**
   * @param {object} banner of `bannerOf`
   * @param {number} nowMs
   * @returns {{seenWord: ?string, besideWord: ?string, besideDone: boolean, pauseWord: ?string, pauseUsed: boolean,
   *   pauseLeftMs: ?number}}
   */
  about(banner, nowMs) {
    // An alarm that sounds again has to be seen again, here and beside the mat.
    if (banner.seen) this.seen.forget(banner);
    else this.beside.forget(banner);
    const agoMs = this.pause.agoMs(banner, nowMs);
    return {
      seenWord: this.seen.word(banner, nowMs),
      besideWord: this.beside.word(banner, nowMs),
      besideDone: this.beside.isDone(banner),
      pauseWord: this.pause.word(banner, nowMs),
      // Right after the answer the state that says "paused" is still on its way.
      pauseUsed: this.pause.isDone(banner) && agoMs > ANSWER_WITHIN_MS,
      pauseLeftMs: agoMs === null ? null : Math.max(0, 1000 * PAUSE_S - agoMs),
    };
  }
}
