"""`doctor`: looks at everything a store PC needs, and says in Chinese what is wrong and what to do about it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from edge_bridge.cloud import CloudClient, CloudError
from edge_bridge.daemon import device_of
from edge_bridge.settings import Settings
from edge_bridge.spool import JobState, Spool, SpoolError
from edge_bridge.transport import probe_broker
from shared.contracts.bridge import SyncBridge
from shared.contracts.signing import CLOCK_SKEW_S

LEAST_FREE_MB = 200
_BROKER_LIMIT_S = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `text` says how it is and, if it is not well, what to do."""

    name: str
    well: bool
    text: str

    def __str__(self) -> str:
        return f"{'✓' if self.well else '✗'} {self.name}：{self.text}"


def examine(settings: Settings, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    """One finding after the other, as they come; the bridge may be running meanwhile."""
    yield Finding("配置", True, f"店铺 {settings.shop_name}（{settings.shop_id}），设备 {settings.device_id}")
    yield _disk(settings)
    yield _spool(settings)
    yield _broker(settings)
    yield from _cloud_and_clock(settings, now=now)
    for printer in settings.printers:
        device = device_of(printer, stop=threading.Event())
        condition = device.check()
        device.close()
        text = condition.detail or "就绪"
        yield Finding(f"打印机 {printer.name}", condition.prints, text)


def _disk(settings: Settings) -> Finding:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data_dir / ".doctor"
        probe.write_text("ok", encoding="utf-8")
        probe.unlink()
        free_mb = shutil.disk_usage(settings.data_dir).free // 1_000_000
    except OSError:
        return Finding("磁盘", False, f"数据文件夹不能写：{settings.data_dir}。请检查权限和磁盘空间")
    if free_mb < LEAST_FREE_MB:
        return Finding("磁盘", False, f"只剩 {free_mb} MB，请清理磁盘（至少留 {LEAST_FREE_MB} MB）")
    return Finding("磁盘", True, f"剩余 {free_mb} MB")


def _spool(settings: Settings) -> Finding:
    try:
        spool = Spool(settings.spool_path)
        try:
            counts = spool.jobs.counts()
        finally:
            spool.close()
    except SpoolError as error:
        return Finding("小票暂存", False, str(error))
    if counts[JobState.UNCERTAIN] or counts[JobState.FAILED]:
        text = (
            f"{counts[JobState.UNCERTAIN]} 张不确定是否打出，{counts[JobState.FAILED]} 张无法打印：请用 jobs 查看并补打"
        )
        return Finding("小票暂存", False, text)
    waiting = counts[JobState.NEW] + counts[JobState.PRINTING]
    return Finding("小票暂存", True, f"完好，{waiting} 张等待打印，{counts[JobState.PRINTED]} 张已打印")


def _broker(settings: Settings) -> Finding:
    # Another client id: with the bridge's own, the broker would throw the running bridge out.
    wrong = probe_broker(settings.broker, client_id=f"{settings.device_id}-doctor", limit_s=_BROKER_LIMIT_S)
    return Finding("消息服务器", wrong is None, wrong or "连接正常")


def _cloud_and_clock(settings: Settings, *, now: Callable[[], datetime]) -> Iterator[Finding]:
    client = CloudClient(
        settings.cloud_url,
        device_id=settings.device_id,
        device_key=settings.device_key.get_secret_value(),
        now=now,
    )
    try:
        server_time = client.exchange(SyncBridge(waiting=_waiting(settings))).server_time
    except CloudError as error:
        yield Finding("云端", False, str(error))
        return
    finally:
        client.close()
    yield Finding("云端", True, "连接正常，设备密钥有效")
    off_s = round(abs((now() - server_time).total_seconds()))
    if off_s > CLOCK_SKEW_S / 5:
        yield Finding("时间", False, f"这台电脑的时间差了 {off_s} 秒，请打开系统的自动校时")
    else:
        yield Finding("时间", True, "准确")


def _waiting(settings: Settings) -> int:
    try:
        spool = Spool(settings.spool_path)
    except SpoolError:
        return 0
    try:
        return spool.jobs.waiting()
    finally:
        spool.close()
