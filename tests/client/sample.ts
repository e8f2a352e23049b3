// A page of a mini-program, as its developer would write it. It is compiled by a test and never run.
import {
  type MenuDish,
  type OrderLine,
  type Resend,
  type ZaotaiCloud,
  type ZaotaiError,
  createClient,
  newRequestId,
} from "../../docs/client/zaotai.js";

const zaotai = createClient(wx.cloud, { onResend: (resend: Resend) => wx.showLoading({ title: `${resend.afterS} 秒后重试` }) });

export async function order(tableCode: string, lines: readonly OrderLine[]): Promise<string> {
  const { sittingId, tableName } = await zaotai.call("openTable", { tableCode, guests: 2 });
  try {
    const { order } = await zaotai.call("submitOrder", { tableCode, sittingId, lines });
    return `${tableName ?? ""} 第 ${order.round} 单，共 ${order.dueFen / 100} 元`;
  } catch (error) {
    const { code, message } = error as ZaotaiError;
    return code === "STOCK_SHORT" || code === "NO_ANSWER" ? message : "请重新选择";
  }
}

export async function served(orderId: string): Promise<void> {
  const requestId = newRequestId();
  await zaotai.call("advanceOrder", { requestId, orderId, step: "complete" });
}

export async function rawMenu(shopId: string): Promise<readonly MenuDish[]> {
  const cloud = wx.cloud as unknown as ZaotaiCloud;
  const { result } = await cloud.callFunction({ name: "getMenu", data: { shopId } });
  if (result.success) return result.data.dishes ?? [];
  throw new Error(result.code === "SHOP_CLOSED" ? "已打烊" : result.message);
}
