/**
 * The bar at the foot of the live page: what the coach says, begin, next step, and Stop, which is always in sight.
 * Offers only what the mat obeys and the account may do.
 */
import { Demand } from './demand.js';
import { byId, setText, show } from './dom.js';
import { sessionOf } from './session.js';
import { WORDS } from './words.js';

const STOP_WORD = { 'routine.stop': WORDS.stopRoutine, 'session.stop': WORDS.stopSession };

export class SessionBar {
  /** @param {(verb: string, args: object) => ?string} send */
  constructor(send) {
    this.demand = new Demand(send);
    this.may = new Set(byId('main').dataset.verbs.split(' '));
    this.stop = null;
    this.#onPress('session-start', () => 'session.start');
    this.#onPress('routine-next', () => 'routine.next');
    this.#onPress('stop', () => this.stop);
  }

  #onPress(id, verb) {
    byId(id).addEventListener('click', () => {
      this.demand.press(verb(), performance.now());
      this.#say(performance.now());
    });
  }

  answered(reply) {
    this.demand.answered(reply);
  }

  /** @param {{state: ?object, isNow: boolean}} said of the model @param {?object} info of the mat @param {number} nowMs */
  paint(said, info, nowMs) {
    const takes = (verb) => this.may.has(verb) && Boolean(info?.verbs?.includes(verb));
    const now = sessionOf(said.state, said.isNow);
    this.stop = now.stop;
    show(byId('session-bar'), takes('session.stop'));
    setText(byId('session-line'), now.line);
    setText(byId('session-left'), now.left);
    show(byId('session-start'), now.start && takes('session.start'));
    show(byId('routine-next'), now.next && takes('routine.next'));
    show(byId('stop'), now.stop !== null && takes(now.stop));
    setText(byId('stop-text'), STOP_WORD[now.stop] ?? '');
    this.#say(nowMs);
  }

  #say(nowMs) {
    setText(byId('session-answer'), this.demand.words(nowMs));
  }
}
