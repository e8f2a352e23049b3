"""`syncBridge` from the store's side: reports go up, and what the broker did not bring comes down.

Rung when there is something to tell, and every few seconds anyway. Nothing is forgotten before the cloud has answered.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from edge_bridge.log import say, warn
from edge_bridge.spool import Batch, Spool, SpoolError
from edge_bridge.worker import Worker
from shared.contracts.bridge import SYNC_LIMIT, SYNC_ROUTE, PrinterReport, SyncBridge
from shared.contracts.signing import SignedRequest
from shared.contracts.wire import Moment

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 10.0
_GATHER_S = 0.15
_LONGEST_BACKOFF_S = 60.0
_HINTS = {
    "UNAUTHENTICATED": "云端不认这台电脑：请核对 device_id 和 device_key，并校准电脑时间",
    "PERMISSION_DENIED": "这台电脑没有权限：请核对 shop_id",
    "NOT_FOUND": "云端地址不对：请核对 cloud_url",
}


class CloudError(Exception):
    """The cloud could not be reached, or refused. The message is Chinese and says what to do."""


class Reply(BaseModel):
    """`SyncReply` as a store PC that is older than its cloud reads it: new fields are let through, and `events` are
    parsed one by one, so that one of a new kind holds up nothing."""

    model_config = ConfigDict(alias_generator=to_camel)

    events: tuple[JsonValue, ...]
    more: bool
    server_time: Moment


class _Envelope(BaseModel):
    success: bool
    data: Reply | None = None
    code: str = ""


class CloudClient:
    """One signed exchange at a time. Used by one thread."""

    def __init__(self, base_url: str, *, device_id: str, device_key: str, now: Callable[[], datetime]) -> None:
        self._url, self._device_id, self._key, self._now = base_url + SYNC_ROUTE, device_id, device_key, now
        self._http: httpx.Client | None = None

    def exchange(self, command: SyncBridge) -> Reply:
        """Send the reports, get what is not acknowledged. Raises `CloudError`."""
        import httpx

        body = command.model_dump_json(by_alias=True, exclude_none=True).encode()
        if self._http is None:
            # A left-over proxy setting of the store's Windows must not come between.
            self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)
        try:
            response = self._http.post(self._url, content=body, headers=self._headers(body))
        except httpx.HTTPError as error:
            raise CloudError("连不上云端，会自动重试；若一直连不上，请检查网络和 cloud_url") from error
        return _reply(response.status_code, response.content)

    def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _headers(self, body: bytes) -> dict[str, str]:
        request = SignedRequest(
            method="POST",
            path=urlsplit(self._url).path,
            time_s=int(self._now().timestamp()),
            nonce=f"{random.SystemRandom().getrandbits(128):032x}",
            body=body,
        )
        signed = request.headers(device_id=self._device_id, key=self._key)
        return {**signed, "content-type": "application/json; charset=utf-8"}


class CloudSync(Worker):
    """The thread that keeps the cloud and the spool in step; told to stop, it tells what is left first."""

    def __init__(
        self,
        client: CloudClient,
        *,
        spool: Spool,
        receive: Callable[[bytes], None],
        reports: Callable[[], tuple[PrinterReport, ...]],
        interval_s: float,
        stop: threading.Event,
    ) -> None:
        super().__init__("cloud-sync", stop=stop)
        self._client, self._spool, self._receive, self._reports = client, spool, receive, reports
        self._interval_s = interval_s
        self._failures = 0

    def _run(self) -> None:
        """Exchange whenever rung, and every few seconds."""
        while not self._stop.is_set():
            self._bell.clear()
            more = self._try()
            if self._failures:
                self._stop.wait(self._backoff_s())
            elif more or self._bell.wait(self._interval_s):
                self._stop.wait(_GATHER_S)  # what happens together travels together
        self._try()
        self._client.close()

    def _try(self) -> bool:
        """One exchange; whether to ask again at once."""
        try:
            more = self._exchange()
        except (CloudError, SpoolError) as error:
            self._failed(str(error))
        except Exception as error:  # the thread must outlive every surprise
            self._failed(repr(error))
        else:
            if self._failures:
                say("cloud.back", failures=self._failures)
            self._failures = 0
            return more
        return False

    def _failed(self, why: str) -> None:
        self._failures += 1
        warn("cloud.failed", failures=self._failures, hint=why)

    def _exchange(self) -> bool:
        batch = self._spool.mail.outgoing()
        reply = self._client.exchange(
            SyncBridge(
                acks=batch.acks,
                receipts=tuple(receipt for _, receipt in batch.receipts),
                printers=self._reports(),
                waiting=self._spool.jobs.waiting(),
            )
        )
        if batch.acks or batch.receipts:
            self._spool.mail.delivered(batch)
            say("cloud.told", acks=len(batch.acks), receipts=len(batch.receipts))
        for event in reply.events:
            self._receive(json.dumps(event).encode())
        return reply.more or _is_full(batch)

    def _backoff_s(self) -> float:
        ceiling = min(_LONGEST_BACKOFF_S, float(2 ** min(self._failures - 1, 6)))
        return random.uniform(ceiling / 4, ceiling)


def _is_full(batch: Batch) -> bool:
    return SYNC_LIMIT in (len(batch.acks), len(batch.receipts))


def _reply(status: int, content: bytes) -> Reply:
    try:
        envelope = _Envelope.model_validate_json(content)
    except ValidationError:
        raise CloudError(f"云端的回答看不懂（HTTP {status}）：请核对 cloud_url，或升级本程序") from None
    if not envelope.success or envelope.data is None:
        hint = _HINTS.get(envelope.code, "会自动重试")
        raise CloudError(f"云端没有接受（{envelope.code or f'HTTP {status}'}）：{hint}")
    return envelope.data
