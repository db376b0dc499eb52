/**
 * Presses zones of a simulated mat. Pure but for the interval: what holds a zone is a pointer or a key, by name.
 * The mat lets go by itself when no word comes, so a page that dies presses nothing.
 */

const LEASE_S = 0.6;
const REPEAT_MS = 250;
/** Two hands; more would be refused by the mat (ten commands a second). */
const MOST_AT_ONCE = 2;

export class Press {
  /** @param {(zone: string, seconds: number) => void} send */
  constructor(send) {
    this.send = send;
    this.held = new Map();
  }

  /** @returns {boolean} whether the press began */
  start(holder, zone) {
    const taken = [...this.held.values()].some((each) => each.zone === zone);
    if (this.held.has(holder) || taken || this.held.size >= MOST_AT_ONCE) return false;
    this.send(zone, LEASE_S);
    this.held.set(holder, { zone, timer: setInterval(() => this.send(zone, LEASE_S), REPEAT_MS) });
    return true;
  }

  stop(holder) {
    const press = this.held.get(holder);
    if (!press) return;
    clearInterval(press.timer);
    this.held.delete(holder);
    this.send(press.zone, 0);
  }

  stopAll() {
    for (const holder of [...this.held.keys()]) this.stop(holder);
  }

  /** @returns {Set<string>} zones under a finger now */
  get zones() {
    return new Set([...this.held.values()].map((press) => press.zone));
  }
}
