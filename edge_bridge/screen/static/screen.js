/** The call screen: keeps the calls the bridge tells of, shows them, and has them spoken, each once. */

import { follow } from "./connection.js";
import { showCalling, showClock, showRecent, showShop } from "./view.js";
import { Voice } from "./voice.js";

const KEPT_CALLS = 60;
const SPOKEN_KEY = "zaotai.spoken";
const KEPT_SPOKEN = 200;

const calls = new Map(); // by id, oldest first
let clockAhead = 0; // ms by which the bridge's clock is ahead of this browser's

const now = () => Date.now() + clockAhead;
const isExpired = (call) => Date.parse(call.expiresAt) <= now();
const voice = new Voice({ isExpired, onStart: (call) => markSpoken(call.callId), onChange: draw });

window.zaotaiVoice = voice;

function take(call) {
  if (calls.has(call.callId)) return;
  calls.set(call.callId, call);
  if (calls.size > KEPT_CALLS) calls.delete(calls.keys().next().value);
  // Another page load of this browser may have spoken it already. What has expired, the voice drops.
  if (!spokenBefore().includes(call.callId)) voice.add(call);
}

/** What is being spoken stands large; in silence the newest call that still holds. */
function callingNow() {
  if (voice.current) return voice.current;
  const alive = [...calls.values()].filter((call) => !isExpired(call));
  return alive.length ? alive[alive.length - 1] : null;
}

function draw() {
  const calling = callingNow();
  showCalling(calling);
  showRecent([...calls.values()], { calling, now: now() });
  document.body.dataset.speaking = voice.current ? voice.current.callId : "";
  document.body.dataset.voice = voice.blocked ? "blocked" : "ready";
}

function spokenBefore() {
  try {
    return JSON.parse(localStorage.getItem(SPOKEN_KEY)) || [];
  } catch {
    return [];
  }
}

/** At the start of speaking, so that a page loaded anew halfway through does not begin again. */
function markSpoken(callId) {
  try {
    localStorage.setItem(SPOKEN_KEY, JSON.stringify([...spokenBefore(), callId].slice(-KEPT_SPOKEN)));
  } catch {
    // A browser that keeps nothing only risks saying a call again after a reload.
  }
}

for (const touch of ["pointerdown", "keydown"]) window.addEventListener(touch, () => voice.unblock());

function tick() {
  showClock(new Date(now()));
  draw();
}

follow("/events", {
  onBoard(board) {
    clockAhead = Date.parse(board.now) - Date.now();
    showShop(board.shopName, board.zone);
    board.recent.forEach(take);
    tick();
  },
  onCall({ now: at, call }) {
    clockAhead = Date.parse(at) - Date.now();
    take(call);
    draw();
  },
  onState(state) {
    document.body.dataset.connection = state;
  },
});
setInterval(tick, 1000);
tick();
