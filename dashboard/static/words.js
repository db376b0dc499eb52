/**
 * Every English string of the live page. Instructions and reasons of alarms come from the mat.
 */
import { minutesSeconds, twoDigits } from './numbers.js';

/** Thin space, between a number and its unit. */
const THIN = '\u2009';

export const WORDS = {
  product: 'reflexmat',
  waiting: 'Waiting for the mat',
  waitingLead: 'Nothing is shown before the first reading.',
  allWithin: 'All zones within their limits',
  broken: 'This page has a fault',
  brokenLead: 'Nothing here is live. Load the page again. Until then lift both feet off the mat.',
  noFeet: 'No feet on the mat',
  noFeetLead: 'Put both feet on the mat to begin.',
  allUnknown: 'No zone can be read',
  unknownLead: 'Hatched places are not known. Do not rely on them.',
  attention: 'Something needs a look',
  noAlarmWord: 'Readings come, alarms are not known',
  noAlarmWordLead: 'The mat has not said how its alarms stand. Do not rely on this page.',
  seen: 'I have seen this',
  seenAlready: 'Seen',
  beside: 'I am beside the mat',
  seenBeside: 'Seen beside the mat',
  sending: 'Telling the mat …',
  notSent: 'Not sent. Press again',
  silence: 'Silence for 2 min',
  silentFor: (ms) => `Silent for ${minutesSeconds(ms)}`,
  silentNow: 'Silent for now',
  insecure:
    'This page came without TLS. So the screen may go dark while you stand on the mat, and the page cannot be put on the home screen. How to change that: docs/remote.md.',
  soundOn: 'Turn sound on',
  soundIsOn: 'Sound is on',
  tryAgain: 'Try again now',
  silentTitle: 'No reading from the mat',
  silentRest: 'Nothing here is live. If you are on the mat, lift both feet off.',
  lastAlarm: (title) => `The last alarm was: ${title}.`,
  noPicture: 'There is no live picture now.',
  pressureNow: 'Pressure now',
  pressureUnknown: 'Pressure unknown',
  estimatedPeak: 'Estimated peak',
  bothFeet: 'Both feet',
  unknownKey: 'Unknown: no reading to trust',
  left: 'Left',
  right: 'Right',
  kpa: 'kPa',
  warning: 'warning',
  limit: 'limit',
  noContact: 'no contact',
  unknown: 'unknown',
  keepOff: 'keep off',
  zonesCaption: 'Estimated peak pressure of each zone, kilopascal',
  tooMuch: 'Too much pressure',
  easeOff: 'Ease off a little',
  noticed: 'A zone needs a look',
  lostZone: 'A place can no longer be read',
  fault: 'A part of the mat does not work',
  aboutEven: 'About even',
  leaningLeft: 'Leaning left',
  leaningRight: 'Leaning right',
  balanceUnknown: 'Balance unknown',
  shareLeft: '% left',
  shareRight: '% right',
  onMat: 'on the mat',
  knownOnly: 'on the zones that can be read',
  simulated: 'This is a simulated mat. Press a zone with finger, mouse or keyboard; the longer, the harder.',
  simulatedNoPress: 'This is a simulated mat. No one stands on it.',
  replayed: 'This is a recording, played back. No one is on the mat now.',
  pressHere: 'Press a zone of the simulated mat. Arrow keys move between zones; hold Space or Enter to press.',
  pressLost: 'The press did not reach the mat.',
  highest: 'Highest',
  leftShare: 'Left share',
  onTheMat: 'On the mat',
  none: 'none',
  noSession: 'No session runs',
  sessionRuns: 'A session runs',
  sessionUnknown: 'Whether a session runs is not known now',
  routinePaused: 'Paused. Do what the alarm says first',
  stopRoutine: 'Stop the routine',
  stopSession: 'Stop the session',
  noConnection: 'the dashboard does not answer',
  noAnswer: 'The mat did not answer. Press again.',
};

/** What the mat has done, by verb. */
export const DONE = {
  'session.start': 'The mat has begun a session.',
  'session.stop': 'The mat has ended the session.',
  'routine.next': 'The mat goes on with the next step.',
  'routine.stop': 'The mat has ended the routine.',
};

/** Names of the three priorities where a sign needs a word. */
export const PRIORITY_WORD = { high: 'Limit', medium: 'Warning', low: 'Advisory' };

/** What is missing, by what the page knows of the chain. */
export const MISSING = {
  refused: 'This page is not signed in, or may no longer see this mat. Load it again to sign in.',
  dashboard: 'The dashboard does not answer.',
  broker: 'The dashboard has no line to the mat.',
  mat: 'The mat is offline.',
  nothing: 'The mat sends nothing.',
  late: 'The readings come too late.',
};

/** State of the link, in the header. */
export const LINK_WORD = { connecting: 'Waiting', live: 'Live', late: 'Late', silent: 'Silent' };

/**
 * "left heel, inner side" from a zone named "Heel, inner" of the left foot.
 * @param {{foot: string, name: string}} zone
 */
export function zonePhrase(zone) {
  const [place, part] = zone.name.split(',').map((word) => word.trim().toLowerCase());
  const side = part === 'inner' || part === 'outer' ? `${part} side` : part;
  return `${zone.foot} ${place}${side ? `, ${side}` : ''}`;
}

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {number} value pressure, kPa */
export const aboutKpa = (value) => `about ${twoDigits(value)}${THIN}kPa`;

/** "Highest: left heel, inner side, about 96 kPa" */
export const highestLead = (reading) => `Highest: ${zonePhrase(reading.zone)}, ${aboutKpa(reading.peakKpa)}`;

/** "15 of 16 zones within their limits, 1 unknown" */
export function withinCount(within, total, unknown) {
  return `${within} of ${total} zones within their limits${unknown ? `, ${unknown} unknown` : ''}`;
}

/** "about 240 kPa. Your limit is 200." */
export function valueAndLimit(valueKpa, limitKpa) {
  const limit = limitKpa === null ? '' : ` Your limit is ${Math.round(limitKpa)}.`;
  return valueKpa === null ? limit.trim() : `${aboutKpa(valueKpa)}.${limit}`;
}

/** "Lift your left foot off the mat", where nothing may touch */
export const keepOffInstruction = (zone) => `Lift your ${zone.foot} foot off the mat`;

/** "Left toes: nothing may touch it." */
export const keepOffReason = (zone) => `${capital(zonePhrase(zone))}: nothing may touch it.`;

/** "One of them is best pressed a little less." below "All zones within their limits" */
export function advised(count) {
  return count === 1 ? 'One of them is best pressed a little less.' : `${count} of them are best pressed a little less.`;
}

/**
 * Why somebody beside the mat is needed.
 * @param {boolean} sounds the mat is a real one, with a sound of its own
 * @param {boolean} latched the alarm stays until then
 */
export function whyBeside(sounds, latched) {
  const until = 'until somebody beside it has seen it.';
  if (!sounds) return 'This stays until somebody beside the mat has seen it.';
  return latched ? `The mat goes on sounding, and this stays, ${until}` : `The mat goes on sounding ${until}`;
}

/** What a latched alarm says once it is over, by rule. */
const PASSED = {
  limit: 'went over its limit',
  overload: 'was overloaded',
  excluded_contact: 'was touched',
  zone_lost: 'could not be read',
};

/** Why that counts, where it is no question of kilopascals. */
const PASSED_WHY = {
  overload: 'It bore more than the mat is made to bear.',
  excluded_contact: 'Nothing may touch it.',
  zone_lost: 'The mat could not warn you there.',
};

/** "Left heel, outer side, went over its limit at 10:42" */
export function passedTitle(rule, zone, time) {
  const where = zone ? `${capital(zonePhrase(zone))}${zone.name.includes(',') ? ',' : ''}` : 'The mat';
  return `${where} ${PASSED[rule] ?? 'had an alarm'}${time ? ` at ${time}` : ''}`;
}

/** "It reached about 240 kPa. Your limit is 200." */
export function passedText({ rule, value_kpa: valueKpa, limit_kpa: limitKpa }) {
  if (PASSED_WHY[rule]) return PASSED_WHY[rule];
  return `${valueKpa === null ? '' : 'It reached '}${valueAndLimit(valueKpa, limitKpa)}`;
}

/** @param {number} count alarms beside the one shown */
export const andMore = (count) => (count > 0 ? `And ${count} more.` : '');

/** "For 14 seconds." and, from two minutes on, "For 3 minutes." */
export function forDuration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `For ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  return `For ${Math.floor(seconds / 60)} minutes.`;
}

/** "14 s ago" and, from two minutes on, "3 min ago" */
export function ago(ms) {
  const seconds = Math.floor(ms / 1000);
  return seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
}

/** "3 zones have other limits." below the legend */
export function otherLimits(count) {
  if (!count) return '';
  return count === 1 ? '1 zone has another limit.' : `${count} zones have other limits.`;
}

/** "Step 2 of 8. 1:01 left" */
export function stepLeft({ steps, step }) {
  return `Step ${step.number} of ${steps}. ${minutesSeconds(1000 * step.left_s)} left`;
}

/** "Gentle strokes is over" */
export function routineEnded({ name, phase }) {
  return phase === 'done' ? `${name} is over` : `${name} was stopped`;
}

/** @param {?string} error in the mat's own words */
export const notDone = (error) => `Not done: ${error || 'no reason given'}.`;
