/**
 * The alarm sound of the page. Browsers let a page sound only after somebody has pressed something on it.
 */

/** Start, pitch (Hz) and length (s) of each beep: high 3 + 2, medium 3. Between 300 and 800 Hz old ears hear well. */
const PATTERN = {
  high: [[0, 523], [0.22, 659], [0.44, 784], [0.95, 523], [1.17, 784]].map((beep) => [...beep, 0.15]),
  medium: [[0, 440], [0.4, 392], [0.8, 349]].map((beep) => [...beep, 0.22]),
};
/** A few harmonics: a pure tone is hard to locate and easy to miss. */
const HARMONICS = [0, 1, 0.6, 0.45, 0.3, 0.15];
const LOUDNESS = 0.35;
const RAMP_S = 0.02;

export class Sound {
  constructor() {
    this.context = null;
    this.wanted = false;
  }

  /** Must be called from a press of a key, button or finger. */
  async turnOn() {
    this.wanted = true;
    this.context ??= new AudioContext();
    await this.context.resume();
  }

  async turnOff() {
    this.wanted = false;
    await this.context?.suspend();
  }

  /** Whether an alarm could be heard now; a browser may stop the sound of a page at any time. */
  get running() {
    return this.wanted && this.context?.state === 'running';
  }

  /** @param {'high' | 'medium'} priority */
  play(priority) {
    if (!this.running) return;
    const wave = this.context.createPeriodicWave(new Float32Array(HARMONICS.length), Float32Array.from(HARMONICS));
    for (const [startS, pitchHz, lengthS] of PATTERN[priority]) this.#beep(wave, startS, pitchHz, lengthS);
  }

  #beep(wave, startS, pitchHz, lengthS) {
    const from = this.context.currentTime + 0.02 + startS;
    const tone = new OscillatorNode(this.context, { frequency: pitchHz });
    const gain = new GainNode(this.context, { gain: 0 });
    tone.setPeriodicWave(wave);
    // Soft edges: a hard start clicks.
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(LOUDNESS, from + RAMP_S);
    gain.gain.setValueAtTime(LOUDNESS, from + lengthS - RAMP_S);
    gain.gain.linearRampToValueAtTime(0, from + lengthS);
    tone.connect(gain).connect(this.context.destination);
    tone.start(from);
    tone.stop(from + lengthS);
  }
}
