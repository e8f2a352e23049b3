/** Follows the bridge's events for ever: reconnects by itself, and says when the bridge has been away for a while. */

const REOPEN_MS = 1000;
const SILENCE_MS = 25000; // the bridge beats every 10 s
const AWAY_MS = 2500; // a shorter break is nobody's business

export function follow(url, { onBoard, onCall, onState }) {
  let source = null;
  let heardAt = Date.now();
  let awayTimer = 0;

  function heard() {
    heardAt = Date.now();
    clearTimeout(awayTimer);
    awayTimer = 0;
    onState("up");
  }

  function lost() {
    if (!awayTimer) awayTimer = setTimeout(() => onState("away"), AWAY_MS);
  }

  function open() {
    if (source) source.close();
    heardAt = Date.now();
    source = new EventSource(url);
    source.addEventListener("board", (event) => {
      heard();
      onBoard(JSON.parse(event.data));
    });
    source.addEventListener("call", (event) => {
      heard();
      onCall(JSON.parse(event.data));
    });
    source.addEventListener("beat", heard);
    source.addEventListener("error", lost);
  }

  // The browser gives up after some errors, and does not notice a line that died without a word.
  setInterval(() => {
    const silent = Date.now() - heardAt > SILENCE_MS;
    if (silent) lost();
    if (silent || source.readyState === EventSource.CLOSED) open();
  }, REOPEN_MS);
  open();
}
