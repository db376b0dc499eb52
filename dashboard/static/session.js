/**
 * What the bar of the session says and offers, from what the mat last said. Pure.
 */
import { WORDS, routineEnded, stepLeft } from './words.js';

const RUNS = new Set(['running', 'paused']);

/**
 * @param {?object} state the last of the mat
 * @param {boolean} isNow it is of this moment; else only Stop is offered, for what ran then
 * @returns {{line: string, left: string, start: boolean, next: boolean, stop: ?string}} `stop` is a verb
 */
export function sessionOf(state, isNow) {
  const stop = state ? stopVerb(state) : null;
  if (!state || !isNow) return { line: WORDS.sessionUnknown, left: '', start: false, next: false, stop };
  const { session, step } = state;
  if (!session) return { line: WORDS.noSession, left: '', start: true, next: false, stop };
  if (!step) return { line: WORDS.sessionRuns, left: '', start: false, next: false, stop };
  return { ...ofRoutine(step), start: false, next: step.phase === 'running', stop };
}

function stopVerb({ session, step }) {
  if (step && RUNS.has(step.phase)) return 'routine.stop';
  return session ? 'session.stop' : null;
}

function ofRoutine(routine) {
  const { phase, step } = routine;
  if (!RUNS.has(phase) || !step) return { line: routineEnded(routine), left: '' };
  const line = phase === 'paused' ? WORDS.routinePaused : step.say;
  return { line, left: stepLeft(routine) };
}
