/**
 * The WebSocket to the dashboard: connects again by itself, and numbers what it sends.
 */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5000;
/** A connection that says nothing for this long is taken for dead: TCP alone would wait many minutes. */
const STALLED_MS = 15000;
const MOST_ASKED = 16;
/** The server says with these that this page may not watch. */
const REFUSED = new Set([1008, 4401, 4403]);

/** Where the dashboard that this page came from tells of its mat. */
export function socketUrl() {
  const url = new URL('/ws/live', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

export class Link {
  /**
   * @param {string} url
   * @param {object} on handlers: live(buffer), info, state, link, reply (objects), pong(object, askedMs), open(), closed(refused)
   */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    this.delayMs = FIRST_DELAY_MS;
    this.timer = null;
    this.socket = null;
    this.nextId = 1;
    this.asked = new Map();
    this.session = Math.random().toString(36).slice(2, 8);
  }

  /** Connects at once, whatever was under way. */
  retry() {
    clearTimeout(this.timer);
    this.#drop();
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#heard(() => this.on.open());
    socket.onmessage = (event) => this.#heard(() => this.#dispatch(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.socket = socket;
    this.#watchStall();
  }

  #drop() {
    if (!this.socket) return;
    // Its late messages must not reach the page any more.
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
    this.asked.clear();
    this.on.closed(false);
  }

  #heard(act) {
    this.delayMs = FIRST_DELAY_MS;
    this.#watchStall();
    try {
      act();
    } catch (error) {
      // One message that cannot be read must not cost the next; what it would have shown is not shown.
      console.warn('A message could not be used', error);
    }
  }

  #watchStall() {
    clearTimeout(this.stallTimer);
    this.stallTimer = setTimeout(() => this.retry(), STALLED_MS);
  }

  #closed(code) {
    clearTimeout(this.stallTimer);
    this.socket = null;
    this.on.closed(REFUSED.has(code));
    this.timer = setTimeout(() => this.retry(), this.delayMs);
    this.delayMs = Math.min(LONGEST_DELAY_MS, this.delayMs * 2);
  }

  #dispatch(data) {
    if (data instanceof ArrayBuffer) {
      this.on.live(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'info') this.on.info(message.info);
    else if (message.type === 'state') this.on.state(message.state);
    else if (message.type === 'link') this.on.link(message);
    else if (message.type === 'reply') this.on.reply(message);
    else if (message.type === 'pong') this.#answered(message);
  }

  #answered(pong) {
    const askedMs = this.asked.get(pong.id);
    this.asked.delete(pong.id);
    if (askedMs !== undefined) this.on.pong(pong, askedMs);
  }

  /** Asks what time it is on the mat. @param {number} nowMs */
  ping(nowMs) {
    const id = this.#send({ type: 'ping' });
    if (id === null) return;
    // Of questions that nobody answers only the last few are remembered.
    if (this.asked.size >= MOST_ASKED) this.asked.delete(this.asked.keys().next().value);
    this.asked.set(id, nowMs);
  }

  /**
   * @param {string} verb
   * @param {object} args
   * @returns {?string} the id that the reply will carry; null when there is no connection
   */
  send(verb, args) {
    return this.#send({ type: 'cmd', verb, args });
  }

  #send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return null;
    const id = `${this.session}-${this.nextId}`;
    this.nextId += 1;
    this.socket.send(JSON.stringify({ ...message, id }));
    return id;
  }
}
