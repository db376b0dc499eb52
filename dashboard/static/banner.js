/**
 * The banner: the gravest alarm, or that nothing comes from the mat. First thing on the page, one at a time.
 */
import { byId, setAll, setText, show, svgNode } from './dom.js';
import { polygonPath } from './geometry.js';
import { sign } from './signs.js';
import { WORDS, whyBeside } from './words.js';

/** How urgently a screen reader says it. */
const REGION = { high: 'say-now', medium: 'say', low: 'say' };

export class Banner {
  constructor() {
    this.box = byId('banner');
    this.title = byId('banner-title');
    this.signKey = null;
    this.said = null;
  }

  /** @param {?{outlines: object, box: number[], zones: object[]}} map for the small picture of the place */
  useMap(map) {
    this.map = map;
    this.pictureKey = null;
  }

  /**
   * @param {?object} banner of the model's view
   * @param {ReturnType<typeof buttonsOf>} buttons
   */
  paint(banner, buttons) {
    show(this.box, banner !== null);
    document.body.classList.toggle('has-alarm', banner !== null && banner.priority !== 'low');
    this.#say(banner);
    if (!banner) return;
    const still = banner.seen || banner.silence ? ' still' : '';
    setAll(this.box, { class: `alarm ${banner.priority}${still}` });
    setAll(this.title, { 'aria-level': banner.priority === 'low' ? 2 : 1 });
    setText(this.title, banner.title);
    setText(byId('banner-text'), banner.text);
    this.#paintSign(banner.priority);
    this.#paintPicture(banner.zone);
    show(byId('retry'), Boolean(banner.silence));
    this.#paintButton('ack', buttons.ack);
    this.#paintButton('mute', buttons.silence);
    this.#paintButton('beside', buttons.beside);
    this.#paintWhy(buttons.why);
    show(byId('banner-actions'), Boolean(banner.silence || buttons.ack || buttons.silence));
  }

  /** One that only tells stays where it is: whoever presses twice must not press what took its place. */
  #paintButton(id, button) {
    show(byId(id), button !== null);
    if (button === null) return;
    setAll(byId(id), { 'aria-disabled': button.idle });
    setText(byId(`${id}-text`), button.text);
  }

  #paintWhy(text) {
    show(byId('banner-why'), text !== null);
    if (text !== null && byId('banner-why').textContent !== text) setText(byId('say'), text);
    setText(byId('banner-why'), text ?? '');
  }

  /** Said once for each title: a countdown in the text would drown everything else. */
  #say(banner) {
    const key = banner ? `${banner.priority} ${banner.title}` : null;
    if (key === this.said) return;
    this.said = key;
    setText(byId('say-now'), '');
    setText(byId('say'), '');
    if (banner) setText(byId(REGION[banner.priority]), `${banner.title}. ${banner.text}`);
  }

  #paintSign(priority) {
    if (this.signKey === priority) return;
    this.signKey = priority;
    byId('banner-sign').replaceChildren(sign(priority));
  }

  /** Both feet, always, with the place filled. */
  #paintPicture(zoneId) {
    if (this.pictureKey === zoneId) return;
    this.pictureKey = zoneId;
    const zone = this.map?.zones.find((each) => each.id === zoneId);
    const host = byId('banner-picture');
    show(host, Boolean(zone));
    if (!zone) return;
    const outlines = ['left', 'right'].map((foot) => svgNode('path', { d: this.map.outlines[foot] }));
    const clip = svgNode('clipPath', { id: 'banner-clip' }, svgNode('path', { d: this.map.outlines[zone.foot] }));
    const place = svgNode('path', { class: 'place', d: polygonPath(zone.polygon_mm), 'clip-path': 'url(#banner-clip)' });
    const box = this.map.pictureBox.join(' ');
    host.replaceChildren(svgNode('svg', { viewBox: box, 'aria-hidden': 'true' }, clip, ...outlines, place));
  }
}

/**
 * What the buttons of an alarm say.
 *
 * @typedef {{text: string, idle: boolean}} Button idle: it tells, and does nothing
 * @param {?object} banner
 * @param {object} can
 * @param {boolean} can.ack the mat takes acknowledgements, of this alarm
 * @param {boolean} can.pause the mat can be silent about this alarm for a while
 * @param {boolean} can.matSounds it is a real mat, with a sound of its own
 * @param {boolean} can.sounding something on this page is not silent
 * @param {boolean} can.soundRuns the page can be heard
 * @param {number} can.pauseLeftMs of a pause of this page alone
 * @param {?object} can.asked of `Asks.about`
 * @returns {{ack: ?Button, silence: ?Button, beside: ?Button, why: ?string}} null: no such button
 */
export function buttonsOf(banner, can) {
  const none = { ack: null, silence: null, beside: null, why: null };
  if (!banner || banner.priority === 'low') return none;
  const silence = silenceButton(banner, can);
  if (banner.silence || !can.ack) return { ...none, silence };
  if (!banner.seen) return { ...none, silence, ack: button(can.asked.seenWord ?? WORDS.seen) };
  const byHand = (can.matSounds || banner.latched) && !can.asked.besideDone;
  return {
    silence,
    ack: button(can.asked.besideDone ? WORDS.seenBeside : WORDS.seenAlready, true),
    beside: byHand ? button(can.asked.besideWord ?? WORDS.beside) : null,
    why: byHand ? whyBeside(can.matSounds, banner.latched) : null,
  };
}

const button = (text, idle = false) => ({ text, idle });

function silenceButton(banner, can) {
  if (banner.paused) return button(pausedWord(can.asked?.pauseLeftMs), true);
  if (!can.sounding) return null;
  if (!can.soundRuns) return button(WORDS.soundOn);
  if (canAskForPause(banner, can)) return can.asked.pauseUsed ? null : button(can.asked.pauseWord ?? WORDS.silence);
  return button(can.pauseLeftMs > 0 ? WORDS.silentFor(can.pauseLeftMs) : WORDS.silence);
}

/** Else only this page falls silent: nobody answers, or what still sounds is not in the banner. */
export const canAskForPause = (banner, can) => can.pause && !banner.silence && !banner.seen;

/** Somebody else may have asked for it, for a time that this page does not know. */
const pausedWord = (leftMs) => (leftMs === null || leftMs === undefined ? WORDS.silentNow : WORDS.silentFor(leftMs));
