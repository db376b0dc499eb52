/**
 * The banner: the gravest alarm, or that nothing comes from the mat. First thing on the page, one at a time.
 */
import { byId, setAll, setText, show, svgNode } from './dom.js';
import { polygonPath } from './geometry.js';
import { sign } from './signs.js';
import { WORDS } from './words.js';

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
   * @param {{ack: ?string, silence: ?string}} buttons what they say; null hides one
   */
  paint(banner, buttons) {
    show(this.box, banner !== null);
    document.body.classList.toggle('has-alarm', banner !== null && banner.priority !== 'low');
    this.#say(banner);
    if (!banner) return;
    const still = banner.raised && !banner.silence ? '' : ' still';
    setAll(this.box, { class: `alarm ${banner.priority}${still}` });
    setAll(this.title, { 'aria-level': banner.priority === 'low' ? 2 : 1 });
    setText(this.title, banner.title);
    setText(byId('banner-text'), banner.text);
    this.#paintSign(banner.priority);
    this.#paintPicture(banner.zone);
    show(byId('retry'), Boolean(banner.silence));
    this.#paintButton('ack', buttons.ack);
    this.#paintButton('mute', buttons.silence);
    show(byId('banner-actions'), Boolean(banner.silence || buttons.ack || buttons.silence));
  }

  #paintButton(id, text) {
    show(byId(id), text !== null);
    if (text !== null) setText(byId(`${id}-text`), text);
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
 * What the two buttons of an alarm say.
 * @param {?object} banner
 * @param {{canAck: boolean, ackWord: ?string, sounding: boolean, soundRuns: boolean, pauseLeftMs: number}} can
 * @returns {{ack: ?string, silence: ?string}} null: no such button
 */
export function buttonsOf(banner, can) {
  const none = { ack: null, silence: null };
  if (!banner || banner.priority === 'low') return none;
  const silence = can.sounding ? silenceWord(can) : null;
  if (banner.silence || !banner.raised || !can.canAck) return { ack: null, silence };
  return { ack: can.ackWord ?? WORDS.seen, silence };
}

function silenceWord({ soundRuns, pauseLeftMs }) {
  if (!soundRuns) return WORDS.soundOn;
  return pauseLeftMs > 0 ? WORDS.silentFor(pauseLeftMs) : WORDS.silence;
}
