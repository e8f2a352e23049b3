// The start page: follows the demo's event stream and orders through the form. No state but what it was told.
const KEPT = 240;
const $ = (id) => document.getElementById(id);

const element = (tag, properties = {}, ...children) => {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
};

const clock = (iso) => new Date(iso).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
const took = (ms) => (ms === null ? "" : `${ms} ms`);
const yuan = (fen) => `￥${(fen / 100).toFixed(2)}`;

const papers = [];
let chosen = "";
let meal = "";
let tried = null;

// --- what happens ---------------------------------------------------------------------------------------------

function showEntry(entry) {
  const item = element("li", { dataset: { kind: entry.kind, meal: entry.meal } },
    element("time", { textContent: clock(entry.at) }),
    element("span", {}, element("b", { textContent: entry.shop }), entry.text),
    element("em", { textContent: took(entry.tookMs) }));
  item.hidden = !isOfMeal(entry);
  $("line").prepend(item);
  while ($("line").children.length > KEPT * 2) $("line").lastChild.remove();
  if (entry.kind === "paper") showPaper(entry);
}

function ticket(entry) {
  const made = element("button", { type: "button", className: "ticket" },
    element("img", { src: entry.picture, alt: entry.text }),
    element("span", {}, element("i", { textContent: `${entry.shop} ${entry.printer.replace("打印机", "")}` }), took(entry.tookMs)));
  made.addEventListener("click", () => zoom(entry.picture));
  return made;
}

const isOfMeal = (entry) => meal === "" || entry.meal === meal;
const belongs = (entry) => isOfMeal(entry) && isOfPlace(entry);
const isOfPlace = (entry) => chosen === "" || chosen === `${entry.shopId}|` || chosen === `|${entry.printer}`;

function showPaper(entry) {
  papers.unshift(entry);
  papers.length = Math.min(papers.length, KEPT);
  if (belongs(entry)) {
    $("papers").querySelector(".empty")?.remove();
    $("papers").prepend(ticket(entry));
    while ($("papers").children.length > KEPT) $("papers").lastChild.remove();
  }
  if (tried && entry.jobId.startsWith(`${tried}.`)) $("tried")?.prepend(ticket(entry));
}

function choose(filter) {
  chosen = filter;
  for (const button of $("filters").children) button.ariaPressed = String(button.dataset.filter === filter);
  const fitting = papers.filter(belongs).map(ticket);
  $("papers").replaceChildren(...(fitting.length ? fitting : [element("p", { className: "empty", textContent: "还没有这样的小票" })]));
}

function chooseMeal(wanted) {
  meal = wanted;
  for (const button of $("meals").children) button.ariaPressed = String(button.dataset.meal === meal);
  for (const item of $("line").children) item.hidden = !isOfMeal(item.dataset);
  choose(chosen);
}
for (const button of $("meals").children) button.addEventListener("click", () => chooseMeal(button.dataset.meal));

function showFigures(figures) {
  const paper = figures.spans.find((span) => span.name.includes("小票"));
  const values = { ...figures, paperMs: paper ? paper.p50 : "–" };
  for (const place of document.querySelectorAll("[data-figure]")) place.textContent = values[place.dataset.figure];
  $("spans").replaceChildren(...figures.spans.map((span) =>
    element("tr", {}, ...[span.name, span.count, span.p50, span.max].map((text) => element("td", { textContent: text })))));
}

function follow() {
  const events = new EventSource("/events");
  events.addEventListener("begin", () => { papers.length = 0; $("line").replaceChildren(); choose(chosen); });
  events.addEventListener("entry", (event) => showEntry(JSON.parse(event.data)));
  events.addEventListener("figures", (event) => { $("state").textContent = "实时"; showFigures(JSON.parse(event.data)); });
  events.addEventListener("error", () => { $("state").textContent = "连接已断开，正在重连…"; });
}

// --- the shops ------------------------------------------------------------------------------------------------

function showShops(places) {
  $("brand").textContent = places.brand;
  $("shops").replaceChildren(...places.shops.map((shop) => element("article", { className: "shop" },
    element("div", {},
      element("h2", { textContent: shop.name }),
      element("p", { textContent: `${shop.address} · ${shop.tables.length} 张桌 · ${shop.printers.length} 台打印机` })),
    element("a", { className: "button", href: shop.screen, target: "_blank", rel: "noopener", textContent: "打开叫号屏", title: "取餐号、桌号和排队号都在这里显示并播报" }))));
  const printers = [...new Set(places.shops.flatMap((shop) => shop.printers))];
  const filters = [["", "全部"],
    ...places.shops.map((shop) => [`${shop.id}|`, shop.name]),
    ...printers.map((name) => [`|${name}`, name.replace("打印机", "")])];
  $("filters").replaceChildren(...filters.map(([filter, name]) => {
    const button = element("button", { type: "button", textContent: name, dataset: { filter } });
    button.addEventListener("click", () => choose(filter));
    return button;
  }));
  choose("");
}

function zoom(picture) {
  $("zoom").querySelector("img").src = picture;
  $("zoom").showModal();
}
$("zoom").addEventListener("click", () => $("zoom").close());

// --- trying it ------------------------------------------------------------------------------------------------

const options = (items) => items.map(([value, text]) => element("option", { value, textContent: text }));

async function fetchJson(path, body) {
  const request = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const reply = await fetch(path, request);
  const found = await reply.json();
  if (!reply.ok) throw new Error(found.message);
  return found;
}

async function fillMenu(shop) {
  const fields = $("form").elements;
  fields.tableId.replaceChildren(...options(shop.tables.map((table) => [table.id, table.name])));
  const menu = await fetchJson(`/api/menu?shopId=${encodeURIComponent(shop.id)}`);
  fields.dishId.replaceChildren(...menu.categories.map((category) => element("optgroup", { label: category.name },
    ...options(menu.dishes.filter((dish) => dish.categoryId === category.id).map((dish) =>
      [dish.id, `${dish.name}　${yuan(dish.priceFen)}${dish.id in menu.left ? `　剩 ${menu.left[dish.id]} ${dish.unit || "份"}` : ""}`])))));
}

function prepareForm(places) {
  const fields = $("form").elements;
  const shopOf = (id) => places.shops.find((shop) => shop.id === id);
  fields.shopId.replaceChildren(...options(places.shops.map((shop) => [shop.id, shop.name])));
  fields.shopId.addEventListener("change", () => fillMenu(shopOf(fields.shopId.value)));
  fillMenu(places.shops[0]).then(() => { fields.tableId.value = places.sampleTable; });
  $("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("form").querySelector("button");
    button.disabled = true;
    try {
      await order({ shopId: fields.shopId.value, tableId: fields.tableId.value, dishId: fields.dishId.value,
        quantity: Number(fields.quantity.value), note: fields.note.value });
    } catch (error) {
      $("answer").replaceChildren(element("h3", { className: "no", textContent: error.message }));
    } finally {
      button.disabled = false;
    }
  });
}

async function order(wanted) {
  const { reply, tookMs } = await fetchJson("/api/order", wanted);
  const details = element("details", {}, element("summary", { textContent: "云函数的完整回复" }),
    element("pre", { textContent: JSON.stringify(reply, null, 2) }));
  if (!reply.success) {
    tried = null;
    $("answer").replaceChildren(element("h3", { className: "no", textContent: `没有下成：${reply.message}（${reply.code}）` }), details);
    return;
  }
  const made = reply.data.order;
  tried = made.orderId;
  const serve = element("button", { type: "button", textContent: "厨师出餐并叫号" });
  serve.addEventListener("click", () => serveOrder(serve, wanted.shopId, made.orderId));
  $("answer").replaceChildren(
    element("h3", { textContent: `已下单 ${made.orderNo}，${yuan(made.dueFen)}，用时 ${tookMs} ms` }),
    element("div", { className: "row" }, serve, element("span", { className: "hint", textContent: "叫号会出现在这家门店的叫号屏上" })),
    element("div", { id: "tried", className: "rail" }, ...papers.filter((entry) => entry.jobId.startsWith(`${tried}.`)).map(ticket)),
    details);
}

async function serveOrder(button, shopId, orderId) {
  button.disabled = true;
  button.textContent = "正在出餐…";
  try {
    const { called } = await fetchJson("/api/serve", { shopId, orderId });
    button.textContent = `已叫号：${called}`;
  } catch (error) {
    button.textContent = error.message;
  }
}

function showCommands(places) {
  const head = "-H 'X-WX-OPENID: openid-me' -H 'X-WX-APPID: wx-local'";
  const uuid = '$(cat /proc/sys/kernel/random/uuid)';
  const commands = [
    ["看菜单，带剩余份数",
      `CODE='${places.tableCode}'\ncurl -sw '\\n' ${places.gateway}/v1/functions/getMenu ${head} \\\n  -d '{"tableCode": "'$CODE'"}'`],
    ["扫桌码入座",
      `SITTING=$(curl -s ${places.gateway}/v1/functions/openTable ${head} \\\n  -d '{"requestId": "'${uuid}'", "tableCode": "'$CODE'", "guests": 2}' \\\n  | grep -o '"sittingId": *"[^"]*"' | cut -d'"' -f4); echo $SITTING`],
    ["下单，小票随即印出",
      `curl -sw '\\n' ${places.gateway}/v1/functions/submitOrder ${head} \\\n  -d '{"requestId": "'${uuid}'", "tableCode": "'$CODE'", "sittingId": "'$SITTING'",\n       "lines": [{"lineId": "1", "dishId": "d-tomato-egg", "quantity": 1, "note": "少盐"}]}'`],
  ];
  $("commands").replaceChildren(...commands.map(([title, text]) => {
    const copy = element("button", { type: "button", textContent: "复制" });
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      copy.textContent = "已复制";
    });
    return element("div", { className: "command" }, element("p", { textContent: title }), element("pre", { textContent: text }), copy);
  }));
}

const places = await fetchJson("/api/places");
showShops(places);
showCommands(places);
prepareForm(places);
follow();
