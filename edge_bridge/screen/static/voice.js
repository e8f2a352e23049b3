/** Speaks calls one after another: chime, then the call's clips, as many times as the call says. */

const PAUSE_MS = 450; // between the two times
const BETWEEN_CALLS_MS = 700;
const OVERTIME_MS = 1500; // a clip that never reports its end must not hold up the queue
const PATIENCE_MS = 1500; // how long the browser may take to let sound through before we ask for a touch
const KEPT = 1000; // entries of each of the lists below

export class Voice {
  /** `isExpired(call)` decides at the last moment; `onStart(call)` and `onChange()` tell the page. */
  constructor({ isExpired, onStart, onChange }) {
    this.isExpired = isExpired;
    this.onStart = onStart;
    this.onChange = onChange;
    this.waiting = [];
    this.current = null;
    this.played = []; // names of the clips that sounded, oldest first
    this.missing = []; // names of the clips that could not be had
    this.spoken = []; // ids of the calls said to their end
    this.dropped = []; // ids of the calls that expired before their turn
    this.clips = new Map();
    this.patient = true;
    this.sound = new AudioContext();
    this.sound.addEventListener("statechange", () => this.resumed());
    setTimeout(() => {
      this.patient = false;
      this.onChange();
    }, PATIENCE_MS);
  }

  get audible() {
    return this.sound.state === "running";
  }

  /** Whether the browser waits for a touch before it lets us speak. */
  get blocked() {
    return !this.audible && !this.patient;
  }

  /** To be called from a touch, a click or a key. */
  unblock() {
    if (!this.audible) this.sound.resume();
  }

  add(call) {
    this.waiting.push(call);
    this.dropExpired();
    this.speakNext();
  }

  resumed() {
    this.onChange();
    this.speakNext();
  }

  async speakNext() {
    if (this.current || !this.audible) return;
    this.dropExpired();
    const call = this.waiting.shift();
    if (!call) return;
    this.current = call;
    this.onStart(call);
    this.onChange();
    try {
      await this.speak(call);
      remember(this.spoken, call.callId);
    } finally {
      this.current = null;
      this.onChange();
      this.speakNext();
    }
  }

  dropExpired() {
    for (const call of this.waiting) if (this.isExpired(call)) remember(this.dropped, call.callId);
    this.waiting = this.waiting.filter((call) => !this.dropped.includes(call.callId));
  }

  async speak(call) {
    await Promise.all([call.chime, ...call.clips].map((name) => this.load(name)));
    await this.play(call.chime);
    for (let time = 0; time < call.times; time += 1) {
      if (time) await wait(PAUSE_MS);
      for (const name of call.clips) await this.play(name);
    }
    await wait(BETWEEN_CALLS_MS);
  }

  /** The clip's sound, kept for next time; nothing if it cannot be had now. */
  async load(name) {
    if (!this.clips.has(name)) {
      try {
        const reply = await fetch(`/clips/${encodeURIComponent(name)}`);
        if (!reply.ok) throw new Error(`${reply.status}`);
        this.clips.set(name, await this.sound.decodeAudioData(await reply.arrayBuffer()));
      } catch {
        remember(this.missing, name);
      }
    }
    return this.clips.get(name);
  }

  async play(name) {
    const clip = this.clips.get(name);
    if (!clip) return;
    remember(this.played, name);
    await new Promise((done) => {
      const source = this.sound.createBufferSource();
      source.buffer = clip;
      source.connect(this.sound.destination);
      source.addEventListener("ended", done);
      source.start();
      setTimeout(done, clip.duration * 1000 + OVERTIME_MS);
    });
  }
}

function remember(names, name) {
  names.push(name);
  if (names.length > KEPT) names.shift();
}

function wait(ms) {
  return new Promise((done) => {
    setTimeout(done, ms);
  });
}
