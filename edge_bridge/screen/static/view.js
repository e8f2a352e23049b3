/** Draws the screen. Words from a call only ever become text, never markup. */

const KINDS = {
  pickup: { tag: "请取餐", row: "取餐" },
  table: { tag: "餐桌呼叫", row: "餐桌" },
  queue: { tag: "排队叫号", row: "排队" },
};
const IDLE = { tag: "欢迎光临", label: "请留意叫号", text: "轮到您时，号码会显示在这里" };
const ROWS = 6;
const LISTED_MS = 45 * 60 * 1000;
const LETTER_FRAME_EMS = 0.42; // what the frame of a class letter adds to its width
const OPENING = /[（(「『“‘《〈【[]$/; // never the last on a line

let zone = "Asia/Shanghai"; // the shop's, whatever zone the PC was set up with

const part = (id) => document.getElementById(id);

export function showShop(name, shopZone) {
  zone = shopZone;
  part("shop").textContent = name;
  document.title = name ? `${name} · 叫号屏` : "叫号屏";
}

export function showClock(now) {
  part("time").textContent = hourAndMinute(now);
  part("date").textContent = [{ month: "long", day: "numeric" }, { weekday: "long" }]
    .map((parts) => now.toLocaleDateString("zh-CN", { ...parts, timeZone: zone }))
    .join(" ");
}

/** The call in the large place, or the idle greeting. */
export function showCalling(call) {
  const kind = call ? KINDS[call.kind] : null;
  const label = call ? call.label : IDLE.label;
  const calling = part("calling");
  if (calling.dataset.callId !== (call ? call.callId : "")) {
    calling.classList.remove("arriving");
    void calling.offsetWidth; // starts the animation anew
    calling.classList.add("arriving");
  }
  calling.dataset.kind = call ? call.kind : "idle";
  calling.dataset.callId = call ? call.callId : "";
  part("kind").textContent = kind ? kind.tag : IDLE.tag;
  setLabel(part("label"), label, call ? call.kind : "idle");
  part("text").replaceChildren(...wordByWord(call ? call.text : IDLE.text));
  part("text").style.setProperty("--ems", String(widthInEms(call ? call.text : IDLE.text)));
  part("again").textContent = call && call.count > 1 ? `第 ${call.count} 次叫号` : "";
}

/** The last calls, newest first, without the one in the large place; a number called again is listed once. */
export function showRecent(calls, { calling, now }) {
  const seen = new Set(calling ? [numberOf(calling)] : []);
  const rows = [];
  for (const call of [...calls].reverse()) {
    if (seen.has(numberOf(call)) || now - Date.parse(call.calledAt) > LISTED_MS) continue;
    seen.add(numberOf(call));
    rows.push(row(call));
    if (rows.length === ROWS) break;
  }
  part("list").replaceChildren(...rows);
  part("none").hidden = rows.length > 0;
}

function row(call) {
  const item = document.createElement("li");
  item.dataset.kind = call.kind;
  item.dataset.callId = call.callId;
  const label = cell("label", "");
  setLabel(label, call.label, call.kind);
  item.append(
    cell("kind", KINDS[call.kind].row),
    label,
    cell("called", hourAndMinute(new Date(call.calledAt))),
  );
  return item;
}

/** The label, fitted to its place; in a queue number the letter of the table's class stands out. */
function setLabel(element, label, kind) {
  const letter = kind === "queue" && /^[A-Z](?=\d)/.test(label) ? label[0] : "";
  element.replaceChildren(...(letter ? [cell("letter", letter)] : []), label.slice(letter.length));
  element.style.setProperty("--ems", String(widthInEms(label) + (letter ? LETTER_FRAME_EMS : 0)));
}

/** The text with a place to break before each word, for a style that breaks nowhere else. */
function wordByWord(text) {
  if (!Intl.Segmenter) return [text];
  const parts = [];
  for (const { segment, isWordLike } of new Intl.Segmenter("zh", { granularity: "word" }).segment(text)) {
    const last = parts[parts.length - 1] || "";
    if (isWordLike && last && !OPENING.test(last)) parts.push(document.createElement("wbr"));
    parts.push(segment);
  }
  return parts;
}

function cell(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function numberOf(call) {
  return `${call.kind} ${call.label}`;
}

/** About how wide a text is set, so that the style can fit it: Hanzi take one em, Latin letters and digits less. */
function widthInEms(text) {
  let ems = 0;
  for (const character of text) {
    if (character.codePointAt(0) >= 0x2e80 || "MW".includes(character)) ems += 1;
    else ems += 0.62;
  }
  return Math.max(ems, 1);
}

function hourAndMinute(time) {
  return time.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
}
