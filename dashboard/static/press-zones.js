/**
 * The zones of a simulated mat as buttons over the map: finger, mouse, pen and keyboard.
 */
import { setAll, svgNode } from './dom.js';
import { neighbour, polygonPath, zoneAt } from './geometry.js';
import { Press } from './press.js';
import { WORDS, capital, zonePhrase } from './words.js';

const KEYS = new Set([' ', 'Enter']);

export class PressZones {
  /**
   * @param {import('./feet-map.js').FeetMap} map
   * @param {(zone: string, seconds: number) => void} send
   */
  constructor(map, send) {
    this.map = map;
    this.press = new Press(send);
    this.svg = svgNode('svg', { class: 'press', viewBox: map.box.join(' '), role: 'group', 'aria-label': WORDS.pressHere });
    this.buttons = new Map(map.zones.map((zone, index) => [zone.id, this.#button(zone, index === 0)]));
    this.rings = ['ring-halo', 'ring'].map((name) => svgNode('path', { class: name }));
    this.svg.append(...this.buttons.values(), ...this.rings);
    map.host.append(this.svg);
    this.letGo = () => this.#act(() => this.press.stopAll());
    window.addEventListener('blur', this.letGo);
    document.addEventListener('visibilitychange', this.letGo);
  }

  close() {
    this.letGo();
    window.removeEventListener('blur', this.letGo);
    document.removeEventListener('visibilitychange', this.letGo);
    this.svg.remove();
  }

  #button(zone, first) {
    const button = svgNode('path', {
      class: 'zone', d: polygonPath(zone.polygon_mm), role: 'button', tabindex: first ? 0 : -1,
      'aria-label': capital(zonePhrase(zone)), 'aria-pressed': 'false', 'data-zone': zone.id,
    });
    button.addEventListener('pointerdown', (event) => this.#pointerDown(event, button));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      button.addEventListener(name, (event) => this.#act(() => this.press.stop(event.pointerId)));
    }
    button.addEventListener('keydown', (event) => this.#keyDown(event, zone));
    button.addEventListener('keyup', (event) => KEYS.has(event.key) && this.#act(() => this.press.stop('key')));
    button.addEventListener('blur', () => this.#act(() => this.press.stop('key')));
    button.addEventListener('focus', () => this.#paint());
    button.addEventListener('contextmenu', (event) => event.preventDefault());
    return button;
  }

  #pointerDown(event, button) {
    if (event.button !== 0) return;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const zone = zoneAt(this.map.zones, this.map.parts, point.x, -point.y);
    if (!zone) return;
    // The finger keeps its zone when it slides, and its lift is heard wherever it happens.
    button.setPointerCapture(event.pointerId);
    this.#act(() => this.press.start(event.pointerId, zone.id));
  }

  #keyDown(event, zone) {
    const next = neighbour(this.map.zones, zone, event.key);
    if (next) this.#focus(zone, next);
    else if (KEYS.has(event.key) && !event.repeat) this.#act(() => this.press.start('key', zone.id));
    if (next || KEYS.has(event.key) || event.key.startsWith('Arrow')) event.preventDefault();
  }

  #focus(from, to) {
    this.buttons.get(from.id).setAttribute('tabindex', '-1');
    const button = this.buttons.get(to.id);
    button.setAttribute('tabindex', '0');
    button.focus();
  }

  #act(change) {
    change();
    this.#paint();
  }

  /** A ring round the zones that are pressed, else round the one with the focus. */
  #paint() {
    const pressed = this.press.zones;
    for (const [id, button] of this.buttons) setAll(button, { 'aria-pressed': pressed.has(id) });
    const ringed = [...this.buttons.values()].filter((button) =>
      pressed.has(button.dataset.zone) || (!pressed.size && button.matches(':focus-visible')));
    const d = ringed.map((button) => button.getAttribute('d')).join('');
    this.rings.forEach((ring) => setAll(ring, { d }));
  }
}
