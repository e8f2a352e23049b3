"""`syncBridge`: signed, prompt, patient with failures, and forgetting nothing before it is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from edge_bridge.cloud import CloudClient, CloudError, CloudSync
from edge_bridge.intake import Intake
from edge_bridge.spool import Spool
from scripts.local.process import free_port, wait_until
from shared.contracts.bridge import PrinterReport, SyncBridge
from shared.contracts.events import Call
from tests.bridge.parts import (
    DEVICE,
    KEY,
    LIMIT_S,
    NOON,
    SHOP,
    CloudStub,
    call_event,
    payload,
    ticket_event,
    utc_now,
)

REPORT = PrinterReport(printer="热菜打印机", state="ready", since=NOON)


def client(url: str, *, key: str = KEY) -> CloudClient:
    return CloudClient(url, device_id=DEVICE, device_key=key, now=utc_now)


@pytest.fixture
def sync(cloud: CloudStub, spool: Spool) -> Iterator[Callable[[float], CloudSync]]:
    """A started sync with this interval; ends with the test."""
    stop, made = threading.Event(), list[CloudSync]()

    def begin(interval_s: float) -> CloudSync:
        def ring() -> None:
            made[0].ring()

        intake = Intake(spool, shop_id=SHOP, show=lambda _: None, now=utc_now, arrived=ring)
        made.append(
            CloudSync(
                client(cloud.url),
                spool=spool,
                receive=intake.receive,
                reports=lambda: (REPORT,),
                interval_s=interval_s,
                stop=stop,
            )
        )
        made[0].start()
        return made[0]

    yield begin
    stop.set()
    for one in made:
        one.join(LIMIT_S)
        assert not one.alive


def test_an_exchange_is_signed_with_a_fresh_nonce_each_time(cloud: CloudStub) -> None:
    signed = client(cloud.url)
    command = SyncBridge(acks=("e-1",), printers=(REPORT,), waiting=3)
    assert signed.exchange(command).events == ()
    assert signed.exchange(command).more is False
    signed.close()
    assert (cloud.commands, cloud.refused) == ([command, command], 0)


def test_a_wrong_key_is_explained(cloud: CloudStub) -> None:
    forged = client(cloud.url, key="another-key-0123456789")
    with pytest.raises(CloudError, match=r"UNAUTHENTICATED.*device_key.*校准电脑时间"):
        forged.exchange(SyncBridge())
    forged.close()
    assert (cloud.refused, cloud.commands) == (1, [])


@pytest.mark.parametrize(("path", "why"), [("", "连不上云端"), ("/elsewhere", "UNAUTHENTICATED")])
def test_a_cloud_that_is_not_there_is_explained(cloud: CloudStub, path: str, why: str) -> None:
    url = cloud.url + path if path else f"http://127.0.0.1:{free_port()}"
    lost = client(url)
    with pytest.raises(CloudError, match=why):
        lost.exchange(SyncBridge())
    lost.close()


def test_what_arises_is_told_at_once_when_rung(
    cloud: CloudStub, spool: Spool, sync: Callable[[float], CloudSync]
) -> None:
    ringing = sync(600.0)
    assert wait_until(lambda: len(cloud.commands) == 1, limit_s=LIMIT_S)
    spool.jobs.put(ticket_event(1), now=NOON)
    ringing.ring()
    cloud.wait_acks("e-1")
    assert wait_until(lambda: spool.mail.outgoing().acks == (), limit_s=LIMIT_S)
    assert cloud.commands[-1].printers == (REPORT,)
    assert cloud.commands[-1].waiting == 1


def test_events_from_the_cloud_are_spooled_acknowledged_and_not_taken_twice(
    cloud: CloudStub, spool: Spool, sync: Callable[[float], CloudSync]
) -> None:
    spool.jobs.put(ticket_event(1), now=NOON)
    spool.mail.delivered(spool.mail.outgoing())
    cloud.events = [ticket_event(1).wire(), {"type": "from.the.future"}, ticket_event(2).wire()]
    sync(600.0)
    cloud.wait_acks("e-1", "e-2")
    assert [job.job_id for job in spool.jobs.latest(9)] == ["j-2", "j-1"]


def test_while_the_cloud_fails_nothing_is_forgotten(
    cloud: CloudStub, spool: Spool, sync: Callable[[float], CloudSync]
) -> None:
    cloud.failing = True
    spool.jobs.put(ticket_event(1), now=NOON)
    spool.jobs.begin("j-1", printer="p", now=NOON)
    spool.jobs.finish("j-1", now=NOON)
    sync(0.05)
    assert not wait_until(lambda: bool(cloud.commands), limit_s=0.3)
    assert len(spool.mail.outgoing().receipts) == 1
    cloud.failing = False
    [receipt] = cloud.wait_receipts(1)
    assert (receipt.job_id, receipt.outcome) == ("j-1", "printed")
    assert wait_until(lambda: spool.mail.outgoing().receipts == (), limit_s=LIMIT_S)


def test_a_call_is_shown_before_it_is_noted_and_only_once(spool: Spool) -> None:
    shown: list[Call] = []
    intake = Intake(spool, shop_id=SHOP, show=shown.append, now=lambda: NOON, arrived=lambda: None)
    event = call_event(1, called_at=NOON)
    for one in (event, event, call_event(2, called_at=NOON, lasts_s=0)):
        intake.receive(payload(one))
    assert shown == [event.data]
    batch = spool.mail.outgoing()
    assert batch.acks == ("ce-1", "ce-2")
    assert [(receipt.job_id, receipt.outcome) for _, receipt in batch.receipts] == [
        ("c-1", "shown"),
        ("c-2", "expired"),
    ]


@pytest.mark.parametrize("bad", [b"", b"[]", b"\xff\xfe", b'{"type": "ticket.print"}', b'{"type": "x"}'])
def test_what_is_no_event_is_dropped(spool: Spool, bad: bytes) -> None:
    rung: list[int] = []
    intake = Intake(spool, shop_id=SHOP, show=lambda _: None, now=lambda: NOON, arrived=lambda: rung.append(1))
    intake.receive(bad)
    assert (spool.mail.outgoing().acks, rung) == ((), [])


def test_another_shops_ticket_is_not_taken(spool: Spool) -> None:
    intake = Intake(spool, shop_id=SHOP, show=lambda _: None, now=lambda: NOON, arrived=lambda: None)
    intake.receive(payload(ticket_event(1, shop_id="shop-2")))
    assert (spool.jobs.latest(9), spool.mail.outgoing().acks) == ([], ())
