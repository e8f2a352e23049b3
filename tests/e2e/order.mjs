// A guest of the shop sits down and orders a pot of tea, by the vendor's own library; prints the two replies as JSON.
//   node order.mjs NODE_MODULES SERVICE_URL OPENID TABLE_CODE
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, serviceUrl, openid, tableCode] = process.argv.slice(2);
const cloudbase = createRequire(path.join(modules, "x.js"))("@cloudbase/node-sdk");
const app = cloudbase.init({
  env: "test-env",
  secretId: "local",
  secretKey: "local",
  serviceUrl,
  headers: { "X-WX-OPENID": openid, "X-WX-APPID": "wx-test" },
});

async function call(name, data) {
  const { result } = await app.callFunction({ name, data: { requestId: randomUUID(), tableCode, ...data } });
  return result;
}

const opened = await call("openTable", { guests: 2 });
const lines = [{ lineId: "l-1", dishId: "tea", quantity: 1, note: "不要太烫" }];
const ordered = await call("submitOrder", { sittingId: opened.data.sittingId, lines });
console.log(JSON.stringify({ opened, ordered }));
