"""The one pipeline of every function.

event → model → caller → permission → shop → use case (or its earlier reply) → outbox nudge → envelope → one log line
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.access.caller import Caller, identity, require_openid
from shared.access.device import read_claim, require_genuine
from shared.access.permissions import is_for_guests_only, require_allowed, require_shop
from shared.access.table_code import read_table_code
from shared.contracts.faults import field_faults
from shared.contracts.http import HttpCall, http_reply, is_http
from shared.contracts.wire import Wire
from shared.errors import Busy, InvalidArgument, NotFound, Unknown, ZaotaiError
from shared.gateways.invoker import invoker
from shared.runtime.clock import Deadline, pause, utc_now
from shared.runtime.ids import new_id
from shared.runtime.log import LogValue, log_line, pseudonym
from shared.runtime.settings import settings
from shared.store import people
from shared.store.client import database, guard
from shared.store.commands import CommandKey, replayed
from shared.store.scope import Chain, Shop
from shared.store.work import BUDGET_S, DoneBefore, Machine, Work, unanswered

__all__ = ["Chain", "Machine", "Work", "callback_function", "chain_function", "shop_function"]

C = TypeVar("C", bound=Wire)
R = TypeVar("R", bound=Wire)
Event = Mapping[str, Any]
Context = Mapping[str, Any]
Handler = Callable[[Event, Context], dict[str, Any]]

INJECTED = ("userInfo", "tcbContext")
"""What the platform adds to a mini-program's data, and what proves nothing."""
SAFETY_S = 1.5
"""A call ends this long before the platform would end it, so that an abort still gets through."""
RELAY = "notifyKitchen"
TWIN_PAUSE_S = 0.01


@dataclass
class _Call:
    """One call under way: what came in, and what its log line will say."""

    action: str
    event: Event
    context: Context
    http: HttpCall | None
    deadline: Deadline
    trace_id: str
    log: dict[str, LogValue]


def shop_function(action: str, takes: type[C]) -> Callable[[Callable[[C, Work], Wire]], Handler]:
    """Make `main(event, context)` of a function that works in one shop."""

    def wrap(use: Callable[[C, Work], Wire]) -> Handler:
        def run(call: _Call) -> dict[str, object]:
            command = _command(call, takes)
            work = _work(call, command)
            reply = _once(call, work, lambda: use(command, work))
            if work.tally.events:
                _nudge(call)
            return reply

        return _handler(action, run)

    return wrap


def chain_function(action: str, takes: type[C]) -> Callable[[Callable[[C, Chain], Wire]], Handler]:
    """Make `main(event, context)` of a machine's function over all shops, harmless whoever calls it."""

    def wrap(use: Callable[[C, Chain], Wire]) -> Handler:
        def run(call: _Call) -> dict[str, object]:
            return use(_command(call, takes), Chain(database())).wire()

        return _handler(action, run)

    return wrap


def callback_function(action: str, takes: type[C]) -> Callable[[Callable[[C, Machine], Wire]], Handler]:
    """Make `main(event, context)` of a function that the outside calls over HTTP, proving itself by the raw body.

    `takes` has `path`, `headers` (lower-case names) and `body`, the raw text. Called otherwise it does nothing.
    """

    def wrap(use: Callable[[C, Machine], Wire]) -> Handler:
        def run(call: _Call) -> dict[str, object]:
            if call.http is None:
                raise NotFound
            http = call.http
            text = http.body.decode(errors="replace")
            told = takes.model_validate({"path": http.path, "headers": dict(http.headers), "body": text})
            machine = Machine(Chain(database()), action, utc_now(), call.deadline, call.trace_id)
            reply = use(told, machine).wire()
            if machine.tally.events:
                _nudge(call)
            return reply

        return _handler(action, run)

    return wrap


def _handler(action: str, run: Callable[[_Call], dict[str, object]]) -> Handler:
    def main(event: Event, context: Context) -> dict[str, Any]:
        started = time.monotonic()
        trace_id = str(context.get("request_id") or new_id())
        log: dict[str, LogValue] = {"action": action, "requestId": trace_id}
        over_http = False
        status, envelope = 200, {}
        try:
            over_http = is_http(event) and not identity(context).get("WX_OPENID")
            http = HttpCall.of(event) if over_http else None
            limit_s = int(context.get("time_limit_in_ms") or 10_000) / 1000
            call = _Call(action, event, context, http, Deadline.after(limit_s - SAFETY_S), trace_id, log)
            try:
                envelope = {"success": True, "data": run(call)}
            finally:
                _require_bound()
        except ZaotaiError as error:
            status, envelope = error.http_status, _failure(error)
            log["code"] = error.code
        except Exception as error:
            told = Unknown() if unanswered(error) else ZaotaiError()
            status, envelope = told.http_status, _failure(told)
            log |= {"code": told.code, "cause": f"{type(error).__name__} at {_place(error)}"}
        log["ms"] = round((time.monotonic() - started) * 1000, 1)
        log_line("call", log)
        envelope["requestId"] = trace_id
        return http_reply(status, envelope) if over_http else envelope

    return main


def _command(call: _Call, takes: type[C]) -> C:
    if call.http:
        data = call.http.command()
    elif isinstance(call.event, Mapping):
        data = {k: v for k, v in call.event.items() if k not in INJECTED}
    else:
        data = call.event
    try:
        return takes.model_validate(data)
    except ValidationError as error:
        faults = field_faults(error)
        told = "；".join(f"{fault['field']} {fault['message']}" for fault in faults[:3])
        raise InvalidArgument(f"提交的内容有误：{told}", {"fields": faults}) from error


def _work(call: _Call, command: Wire) -> Work:
    """Who calls, whether they may, and in which shop."""
    now = utc_now()
    caller = _device(call.http, now) if call.http else _person(call, command)
    call.log |= {"role": caller.role, "caller": pseudonym(caller.id)}
    require_allowed(call.action, caller)
    shop_id = _shop_of(caller, command)
    call.log["shop"] = shop_id
    return Work(
        shop=Shop(database(), shop_id),
        caller=caller,
        now=now,
        deadline=call.deadline,
        trace_id=call.trace_id,
        key=CommandKey.of(caller.id, call.action, command),
    )


def _person(call: _Call, command: Wire) -> Caller:
    openid = require_openid(call.context)
    if command.acts_as_guest or is_for_guests_only(call.action):
        return Caller(openid, "guest")
    return people.staff_by_openid(database(), openid) or Caller(openid, "guest")


def _device(http: HttpCall, now: datetime) -> Caller:
    claim = read_claim(method=http.method, path=http.path, headers=http.headers, body=http.body)
    known = people.device(database(), claim.device_id)
    require_genuine(claim, key=known.key, now=now)
    people.use_nonce(database(), known, claim.request.nonce, now=now)
    return Caller(known.device_id, "device", frozenset({known.shop_id}))


def _shop_of(caller: Caller, command: Wire) -> str:
    """Staff and machines act in their own shops; a guest is where the table code or the public shop id says."""
    wanted: str | None = getattr(command, "shop_id", None)
    if caller.role != "guest":
        return require_shop(caller, wanted)
    code: str | None = getattr(command, "table_code", None)
    if code is not None:
        return read_table_code(code, key=settings().table_code_key.get_secret_value()).shop_id
    if wanted is None:
        raise NotFound("请先选择门店")
    return wanted


def _once(call: _Call, work: Work, use: Callable[[], Wire]) -> dict[str, object]:
    """Do the command, or give the answer it had before: a refusal is told only if the command was never done."""
    try:
        reply = use().wire()
    except (ZaotaiError, DoneBefore) as refusal:
        before = _earlier_reply(work, is_certain=isinstance(refusal, DoneBefore))
        if before is None:
            raise (Busy() if isinstance(refusal, DoneBefore) else refusal) from refusal.__cause__
        call.log["replayed"] = True
        return before
    finally:
        call.log["retries"] = work.tally.retries
    return reply


def _earlier_reply(work: Work, *, is_certain: bool) -> dict[str, object] | None:
    """What the command was answered before; when its twin is still at it, after waiting for the twin."""
    if work.key is None:
        return None
    deadline = work.deadline.no_later_than(BUDGET_S)
    while True:
        before = replayed(work.shop.db, work.key)
        if before is not None or not is_certain or deadline.left_s() <= 0:
            return before
        pause(TWIN_PAUSE_S)


def _nudge(call: _Call) -> None:
    """Wake the relay; if that fails, its timer finds the events."""
    try:
        invoker(identity(call.context), str(call.context.get("namespace", ""))).start(RELAY)
    except Exception as error:  # whatever goes wrong, the order stands and its events are on record
        call.log["nudge"] = type(error).__name__


def _require_bound() -> None:
    watch = guard()
    unbound = watch.take() if watch else []
    if unbound:
        raise RuntimeError(f"commands that bind no shop: {unbound}")


def _failure(error: ZaotaiError) -> dict[str, Any]:
    return {"success": False, "code": error.code, "message": error.message, "details": error.details}


def _place(error: BaseException) -> str:
    """Where it was raised, without its text: that may hold a guest's data."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{last.tb_frame.f_globals.get('__name__')}:{last.tb_lineno}" if last else "?"
