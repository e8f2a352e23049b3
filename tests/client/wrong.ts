// The same developer's mistakes, one a statement: the compiler must see each.
import { createClient } from "../../docs/client/zaotai.js";

const zaotai = createClient(wx.cloud);

export async function mistakes(tableCode: string, orderId: string): Promise<void> {
  await zaotai.call("openTable", { tabelCode: tableCode });  // wrong
  await zaotai.call("bookTable", { guests: 3, name: "王女士" });  // wrong
  await zaotai.call("openTabel", { tableCode });  // wrong
  await zaotai.call("openTable", { tableCode, guests: "two" });  // wrong
  await zaotai.call("advanceOrder", { orderId, step: "eaten" });  // wrong
  const { order } = await zaotai.call("advanceOrder", { orderId, step: "ready" });
  order.dueYuan;  // wrong
  order.round = 2;  // wrong
  order.pickupNo.length;  // wrong
  order.tickets[0].station;  // wrong
}
