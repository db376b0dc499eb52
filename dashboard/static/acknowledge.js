/**
 * "I have seen this": sends it, and says when it did not arrive. Pure but for `send`.
 */
import { WORDS } from './words.js';

/** No answer after this long means that nobody has heard it. */
const ANSWER_WITHIN_MS = 3000;

export class Acknowledge {
  /** @param {(verb: string, args: object) => ?string} send returns the id of the command, null when it cannot go */
  constructor(send) {
    this.send = send;
    this.sent = null;
  }

  /** @param {{zone: ?string, rule: string}} banner @param {number} nowMs */
  press(banner, nowMs) {
    const id = this.send('alarm.ack', { zone: banner.zone, rule: banner.rule });
    this.sent = { key: keyOf(banner), id, atMs: nowMs, failed: id === null };
  }

  /** @param {{id: string, ok: boolean}} reply */
  answered(reply) {
    if (this.sent?.id !== reply.id) return;
    this.sent.atMs = Infinity;
    this.sent.failed = !reply.ok;
  }

  /** @returns {?string} what the button says instead of "I have seen this" */
  word(banner, nowMs) {
    if (!banner || this.sent?.key !== keyOf(banner)) return null;
    const lost = this.sent.failed || nowMs - this.sent.atMs > ANSWER_WITHIN_MS;
    return lost ? WORDS.notSent : WORDS.sending;
  }
}

const keyOf = (banner) => `${banner.rule}|${banner.zone}`;
