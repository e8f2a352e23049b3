"""The simulator's process, and its commands, from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from scripts.local.simulated import Simulated

if TYPE_CHECKING:  # the cryptography behind them is for the process, not for whoever commands it
    from scripts.local.wechat_pay.book import RefundState
    from scripts.local.wechat_pay.desk import RefundHabit
    from scripts.local.wechat_pay.faults import Endpoint, FaultKind
    from scripts.local.wechat_pay.notices import Kind
    from shared.gateways.wechat_pay import Prepared

BRAND = "1900000109"


class ControlError(RuntimeError):
    """A command that the simulator refused; `code` is WeChat Pay's where the guest or the bank is refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class WechatPaySimulator(Simulated):
    """WeChat Pay for these merchants, the brand's first."""

    module = "scripts.local.wechat_pay"
    title = "the WeChat Pay simulator"

    def __init__(self, work_dir: Path, *, merchants: Sequence[str] = (BRAND,), port: int = 0) -> None:
        named = [word for mchid in merchants for word in ("--merchant", mchid)]
        super().__init__(work_dir, port=port, arguments=named)

    @property
    def merchants_file(self) -> Path:
        """What `WECHAT_PAY_FILE` names: the merchants' settings, fresh keys included."""
        return self._folder / "merchants.json"

    def pay(self, out_trade_no: str) -> str:
        """The guest pays; the transaction id. Raises `ControlError` when that cannot be."""
        return str(self._do("pay", out_trade_no=out_trade_no)["transactionId"])

    def fail(self, out_trade_no: str) -> None:
        """The guest's payment fails; it can be tried again."""
        self._do("fail", out_trade_no=out_trade_no)

    def request_payment(self, prepared: Prepared, *, openid: str, outcome: str = "pay") -> str:
        """`wx.requestPayment` on the guest's phone; its errMsg. Raises `ControlError` for what WeChat refuses."""
        known = {name: value for name, value in asdict(prepared).items() if name != "prepay_id"}
        return str(self._do("request-payment", **known, openid=openid, outcome=outcome)["errMsg"])

    def settle(self, out_refund_no: str, state: RefundState) -> None:
        """How an accepted refund goes on."""
        self._do("settle", out_refund_no=out_refund_no, state=state)

    def send_notice(
        self,
        *,
        out_trade_no: str = "",
        out_refund_no: str = "",
        kind: Kind = "genuine",
        skew_s: int = 0,
        times: int = 1,
    ) -> list[int]:
        """Tell the merchant, now; the statuses it answered, 0 for none."""
        numbers = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
        answers = self._do("notices", **numbers, kind=kind, skew_s=skew_s, times=times)["answers"]
        assert isinstance(answers, list)
        return [int(answer["status"]) for answer in answers]

    def make_notice(
        self, *, out_trade_no: str = "", out_refund_no: str = "", kind: Kind = "genuine", skew_s: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a notice that is not sent."""
        numbers = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
        made = self._do("notices", **numbers, kind=kind, skew_s=skew_s, send=False)
        headers = made["headers"]
        assert isinstance(headers, dict)
        return headers, str(made["body"]).encode()

    def plan_fault(
        self, endpoint: Endpoint, kind: FaultKind, *, status: int = 500, code: str = "SYSTEM_ERROR", times: int = 1
    ) -> None:
        """What the next calls of that kind meet; see `faults.Fault`."""
        self._do("faults", endpoint=endpoint, kind=kind, status=status, code=code, times=times)

    def release(self) -> None:
        """Answer all who wait by a fault."""
        self._do("release")

    def waiting(self) -> int:
        """How many calls are held by a fault."""
        return int(str(self._see("now")["waiting"]))

    def now(self) -> datetime:
        """What its clock shows."""
        return datetime.fromisoformat(str(self._see("now")["now"]))

    def habits(self, *, notices: bool | None = None, refunds: RefundHabit | None = None) -> None:
        """Whether notices go out by themselves, and whether refunds succeed by themselves. At first neither."""
        self._do("habits", notices=notices, refunds=refunds)

    def advance(self, by: timedelta) -> None:
        """Set its clock forward; signatures and notices go by the real one."""
        self._do("advance", seconds=int(by.total_seconds()))

    def receive_at(self, url: str) -> None:
        """Where notices go: a local cloud's address."""
        self._do("receiver", url=url)

    def withdraw(self, mchid: str = BRAND) -> int:
        """Empty the merchant's balance; how much was there."""
        return int(str(self._do("withdraw", mchid=mchid)["takenFen"]))

    def happened(self, what: str | None = None) -> list[dict[str, object]]:
        """Everything so far, or everything of a kind."""
        found = self._ask("GET", "happened", None)
        assert isinstance(found, list)
        return [one for one in found if what is None or one["what"] == what]

    def _do(self, command: str, **fields: object) -> Mapping[str, object]:
        found = self._ask("POST", command, {to_camel(name): value for name, value in fields.items()})
        assert isinstance(found, dict)
        return found

    def _see(self, what: str) -> Mapping[str, object]:
        found = self._ask("GET", what, None)
        assert isinstance(found, dict)
        return found

    def _ask(self, method: str, command: str, body: object) -> object:
        reply = self._command(method, command, body)
        answer: object = reply.json()
        if reply.is_error:
            assert isinstance(answer, dict)
            raise ControlError(str(answer["code"]), str(answer["message"]))
        return answer
