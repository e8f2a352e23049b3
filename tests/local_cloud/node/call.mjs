// Calls one function of the local cloud with the vendor's own library and prints what it gave, as one line of JSON.
//   node call.mjs NODE_MODULES SERVICE_URL FUNCTION DATA [OPENID]
import { createRequire } from "node:module";
import path from "node:path";

const [modules, serviceUrl, name, data, openid] = process.argv.slice(2);
const cloudbase = createRequire(path.join(modules, "x.js"))("@cloudbase/node-sdk");
const app = cloudbase.init({
  env: "test-env",
  secretId: "local",
  secretKey: "local",
  serviceUrl,
  headers: openid ? { "X-WX-OPENID": openid, "X-WX-APPID": "wx-test" } : {},
});
try {
  const { result, requestId } = await app.callFunction({ name, data: JSON.parse(data) });
  console.log(JSON.stringify({ result, requestId }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
