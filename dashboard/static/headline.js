/**
 * The one sentence that the page opens with. Pure.
 */
import { highest } from './readings.js';
import { WORDS, highestLead, withinCount } from './words.js';

/**
 * @param {object} know
 * @param {import('./readings.js').Reading[]} know.readings all zones, of a live frame
 * @param {object[]} know.alarms everything raised or acknowledged
 * @param {boolean} know.alarmsKnown the mat has lately said how its alarms stand
 * @returns {{title: string, lead: string}}
 */
export function headline({ readings, alarms, alarmsKnown }) {
  const top = highest(readings);
  const unknown = readings.filter((reading) => reading.state === 'unknown').length;
  const within = readings.filter((reading) => isWithin(reading, alarms)).length;
  if (unknown === readings.length) return { title: WORDS.allUnknown, lead: WORDS.unknownLead };
  if (within < readings.length) {
    const lead = top ? highestLead(top) : WORDS.unknownLead;
    return { title: withinCount(within, readings.length, unknown), lead };
  }
  if (!alarmsKnown) return { title: WORDS.noAlarmWord, lead: WORDS.noAlarmWordLead };
  return wholeMat(top, alarms);
}

function wholeMat(top, alarms) {
  const lead = top ? highestLead(top) : WORDS.noFeetLead;
  if (alarms.length) return { title: WORDS.attention, lead };
  return { title: top ? WORDS.allWithin : WORDS.noFeet, lead };
}

/** Known, below its limit, and without any alarm of its own. */
function isWithin(reading, alarms) {
  if (reading.state === 'unknown' || reading.priority > 0) return false;
  if (reading.share !== null && reading.share >= 1) return false;
  return !alarms.some((alarm) => alarm.zone === reading.zone.id);
}
