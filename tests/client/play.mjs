// Plays one call of the client against a cloud that answers what it is told to; prints what happened, as JSON.
//   node play.mjs '{"action": …, "data": …, "answers": [{"result": …} or {"error": …}, …]}'
import { createClient } from "../../docs/client/zaotai.js";

const { action, data, answers } = JSON.parse(process.argv[2]);
const seen = { calls: [], waits: [], told: [] };
const cloud = {
  answers,
  async callFunction(call) {
    seen.calls.push(JSON.parse(JSON.stringify(call)));
    const { result, error } = this.answers.shift();
    if (error) throw new Error(error);
    return { result };
  },
};
const zaotai = createClient(cloud, {
  wait: async (seconds) => seen.waits.push(seconds),
  onResend: (resend) => seen.told.push(resend),
});
try {
  seen.reply = await zaotai.call(action, data);
} catch (error) {
  const { name, code, message, details, requestId, traceId, cause } = error;
  seen.error = { name, code, message, details, requestId, traceId, cause: String(cause) };
}
console.log(JSON.stringify(seen));
