// A guest of the shop sits down and orders a pot of tea, by our client over the vendor's library; prints the two replies.
//   node order.mjs NODE_MODULES SERVICE_URL OPENID TABLE_CODE
import { createRequire } from "node:module";
import path from "node:path";
import { createClient } from "../../docs/client/zaotai.js";

const [modules, serviceUrl, openid, tableCode] = process.argv.slice(2);
const cloudbase = createRequire(path.join(modules, "x.js"))("@cloudbase/node-sdk");
const app = cloudbase.init({
  env: "test-env",
  secretId: "local",
  secretKey: "local",
  serviceUrl,
  headers: { "X-WX-OPENID": openid, "X-WX-APPID": "wx-test" },
});
const zaotai = createClient(app);

const opened = await zaotai.call("openTable", { tableCode, guests: 2 });
const lines = [{ lineId: "l-1", dishId: "tea", quantity: 1, note: "不要太烫" }];
const ordered = await zaotai.call("submitOrder", { tableCode, sittingId: opened.sittingId, lines });
console.log(JSON.stringify({ opened, ordered }));
