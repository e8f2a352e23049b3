// Calls Zaotai's functions from the mini-program, or wherever there is a `callFunction`. Its types: zaotai.d.ts.
//
//   const zaotai = createClient(wx.cloud);
//   const { order } = await zaotai.call("submitOrder", { tableCode, sittingId, lines });

/** Seconds before each resend. */
export const RESEND_AFTER_S = Object.freeze([3, 6, 12, 20]);

// Functions that change something take a requestId. Written by scripts/reference: do not edit.
const CHANGING = new Set([
  "openTable",
  "editCart",
  "arrangeTables",
  "submitOrder",
  "grabFlashSale",
  "saveCampaign",
  "pushCoupons",
  "claimCoupon",
  "redeemCoupon",
  "advanceOrder",
  "callGuest",
  "cancelOrder",
  "editOrder",
  "payOrder",
  "topUp",
  "refundOrder",
  "joinGroup",
  "printReceipt",
  "setPapers",
  "editMember",
  "giveConsent",
  "joinQueue",
  "leaveQueue",
  "manageQueue",
  "bookTable",
  "cancelBooking",
  "seatParty",
  "setSoldOut",
  "setStock",
]);

const NOT_FINAL = new Set(["BUSY", "UNKNOWN"]);
const NO_ANSWER = "NO_ANSWER";
const NO_ANSWER_MESSAGE = "网络不太好，暂时没有收到回复，请稍后再试";

/** Why there is no reply: `code` for programs, `message` for the person who reads it. */
export class ZaotaiError extends Error {
  constructor(failure, requestId, cause) {
    super(failure.message);
    this.name = "ZaotaiError";
    this.code = failure.code;
    this.details = failure.details || {};
    this.requestId = requestId;
    this.traceId = failure.requestId;
    this.cause = cause;
  }
}

/** A client that calls through `cloud.callFunction`; see zaotai.d.ts for the options. */
export function createClient(cloud, options) {
  const { wait, newRequestId: makeId, onResend } = Object.assign(
    { wait: pause, newRequestId },
    defined(options || {}),
  );

  async function call(action, data) {
    const sent = CHANGING.has(action) ? Object.assign({ requestId: makeId() }, defined(data)) : defined(data);
    for (let resends = 0; ; resends += 1) {
      const { reply, failure, cause } = await ask(cloud, action, sent);
      if (!failure) return reply;
      const isFinal = failure.code !== NO_ANSWER && !NOT_FINAL.has(failure.code);
      if (isFinal || resends === RESEND_AFTER_S.length) throw new ZaotaiError(failure, sent.requestId, cause);
      const afterS = RESEND_AFTER_S[resends];
      if (onResend) onResend({ action, requestId: sent.requestId, code: failure.code, afterS });
      await wait(afterS);
    }
  }

  return { call };
}

/** A fresh UUID. It tells one guest's commands apart and guards nothing, so any source of chance will do. */
export function newRequestId() {
  if (typeof crypto !== "undefined" && crypto.randomUUID) return crypto.randomUUID();
  return "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => Math.floor(Math.random() * 16).toString(16));
}

async function ask(cloud, action, data) {
  let result;
  try {
    ({ result } = await cloud.callFunction({ name: action, data }));
  } catch (cause) {
    return { failure: { code: NO_ANSWER, message: NO_ANSWER_MESSAGE }, cause };
  }
  if (!result || typeof result.success !== "boolean") {
    return { failure: { code: NO_ANSWER, message: NO_ANSWER_MESSAGE }, cause: result };
  }
  return result.success ? { reply: result.data } : { failure: result };
}

// Some bridges send what is undefined as null, which is another command.
function defined(data) {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
