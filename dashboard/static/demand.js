/**
 * One thing at a time that is asked of the mat: that it was asked, and what it answered. Pure but for `send`.
 */
import { DONE, WORDS, notDone } from './words.js';

/** No answer after this long means that nobody has heard it. */
const ANSWER_WITHIN_MS = 3000;
/** So long the state that tells of it may still be on its way. */
const SETTLES_MS = 1500;
const SAID_MS = 6000;

export class Demand {
  /** @param {(verb: string, args: object) => ?string} send returns the id of the command, null when it cannot go */
  constructor(send) {
    this.send = send;
    this.last = null;
  }

  /** A second press on the same button, before the first one can have shown, is no second wish. */
  press(verb, nowMs) {
    if (this.#isUnderWay(verb, nowMs)) return;
    const id = this.send(verb, {});
    const answer = id === null ? { ok: false, error: WORDS.noConnection } : null;
    this.last = { verb, id, atMs: nowMs, answer };
  }

  /** @param {{id: string, ok: boolean, error: ?string}} reply */
  answered(reply) {
    if (this.last && this.last.id === reply.id) this.last.answer = reply;
  }

  /** @returns {string} what became of it */
  words(nowMs) {
    const { last } = this;
    if (!last) return '';
    const agoMs = nowMs - last.atMs;
    if (!last.answer) return agoMs > ANSWER_WITHIN_MS ? WORDS.noAnswer : WORDS.sending;
    if (!last.answer.ok) return notDone(last.answer.error);
    return agoMs < SAID_MS ? DONE[last.verb] : '';
  }

  #isUnderWay(verb, nowMs) {
    const { last } = this;
    if (last?.verb !== verb) return false;
    if (!last.answer) return nowMs - last.atMs <= ANSWER_WITHIN_MS;
    return last.answer.ok && nowMs - last.atMs <= SETTLES_MS;
  }
}
