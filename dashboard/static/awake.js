/**
 * Keeps the screen on while the mat is live: who stands on it has no hand free for the phone. Browsers allow it only in
 * a secure context, take it away when the page is hidden, and may refuse it, for instance on a low battery.
 */
export class Awake {
  /** @param {?WakeLock} locks @param {Document} page */
  constructor(locks = navigator.wakeLock ?? null, page = document) {
    this.locks = locks;
    this.page = page;
    this.held = null;
    this.asking = false;
    this.refused = false;
  }

  /** To be called again and again. @param {boolean} wanted */
  keep(wanted) {
    if (!wanted) {
      this.refused = false;
      this.#letGo();
    } else if (this.locks && !this.held && !this.asking && !this.refused && !this.page.hidden) {
      this.#ask();
    }
  }

  async #ask() {
    this.asking = true;
    try {
      this.held = await this.locks.request('screen');
      this.held.addEventListener('release', () => { this.held = null; });
    } catch {
      // Asked again once the mat has been silent: not many times a second.
      this.refused = true;
    }
    this.asking = false;
  }

  #letGo() {
    const held = this.held;
    this.held = null;
    held?.release();
  }
}
