/**
 * The one sentence that the page opens with. Pure.
 */
import { highest } from './readings.js';
import { WORDS, advised, highestLead, withinCount } from './words.js';

const ADVISORY = 'advisory';

/**
 * @param {object} know
 * @param {import('./readings.js').Reading[]} know.readings all zones, of a live frame
 * @param {object[]} know.alarms everything that has not cleared
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
  return wholeMat(readings, top, alarms);
}

function wholeMat(readings, top, alarms) {
  const advisories = alarms.filter((alarm) => alarm.rule === ADVISORY).length;
  const where = top ? highestLead(top) : '';
  if (alarms.length > advisories) return { title: WORDS.attention, lead: where || WORDS.noFeetLead };
  if (!readings.some((reading) => reading.touched)) return { title: WORDS.noFeet, lead: WORDS.noFeetLead };
  return { title: WORDS.allWithin, lead: advisories ? `${advised(advisories)} ${where}` : where };
}

/** Known, below its limit, and with no alarm of its own but an advisory: that one begins far below the limit. */
function isWithin(reading, alarms) {
  const own = alarms.filter((alarm) => alarm.zone === reading.zone.id);
  const isAdvised = own.length > 0 && own.every((alarm) => alarm.rule === ADVISORY);
  if (reading.state === 'unknown' || reading.priority > (isAdvised ? 1 : 0)) return false;
  if (reading.share !== null && reading.share >= 1) return false;
  return !own.length || isAdvised;
}
