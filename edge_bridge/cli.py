"""The command line: `run`, `doctor`, `jobs`, `reprint JOB`, each with `--config FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from edge_bridge.lock import AlreadyRunning
from edge_bridge.log import start_log
from edge_bridge.settings import Settings, SettingsError, default_config_path, load_settings
from edge_bridge.spool import Job, JobState, Spool, SpoolError
from edge_bridge.table import lines_of
from shared.contracts.events import Ticket

OK, FOUND_WRONG, CANNOT_USE_SPOOL, TRY_LATER, WRONG_SETTINGS = 0, 1, 74, 75, 78
"""Exit codes; the last three are those of sysexits.h (IOERR, TEMPFAIL, CONFIG)."""

_JOBS_SHOWN = 50
_STATE_NAMES = {
    JobState.NEW: "等待打印",
    JobState.PRINTING: "正在打印",
    JobState.PRINTED: "已打印",
    JobState.UNCERTAIN: "不确定",
    JobState.FAILED: "无法打印",
}
_SLIP_NAMES = {"receipt": "结账单", "bill": "预结单"}


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return _do(asked, load_settings(asked.config or default_config_path()))
    except SettingsError as error:
        _complain("配置有误，请改好后重新运行：", *(f"  · {line}" for line in error.lines))
        return WRONG_SETTINGS
    except SpoolError as error:
        _complain(str(error))
        return CANNOT_USE_SPOOL
    except AlreadyRunning as error:
        _complain(str(error))
        return TRY_LATER


def _do(asked: argparse.Namespace, settings: Settings) -> int:
    if asked.command == "reprint":
        return _reprint(settings, asked.job)
    return {"run": _run, "doctor": _doctor, "jobs": _jobs}[str(asked.command)](settings)


def _run(settings: Settings) -> int:
    from edge_bridge.daemon import run

    start_log(sys.stderr)
    try:
        run(settings)
    except OSError as error:
        _complain(
            f"启动失败（{error.strerror or error}）："
            f"请检查 screen 的端口 {settings.screen.port} 是否被占用、数据文件夹 {settings.data_dir} 能否写入"
        )
        return TRY_LATER
    return OK


def _doctor(settings: Settings) -> int:
    from edge_bridge.daemon import now
    from edge_bridge.doctor import examine

    all_well = True
    for finding in examine(settings, now=now):
        print(finding, flush=True)
        all_well = all_well and finding.well
    print("一切正常" if all_well else "有问题，请按上面带 ✗ 的提示处理")
    return OK if all_well else FOUND_WRONG


def _jobs(settings: Settings) -> int:
    spool = Spool(settings.spool_path)
    try:
        jobs, counts = spool.jobs.latest(_JOBS_SHOWN), spool.jobs.counts()
    finally:
        spool.close()
    print("，".join(f"{_STATE_NAMES[state]} {count}" for state, count in counts.items()))
    if jobs:
        head = ("收到时间", "档口", "序号", "单号", "桌号/取餐号", "状态", "份数", "打印机", "任务号")
        zone = ZoneInfo(settings.zone)
        print("\n".join(lines_of([head, *(_row(job, zone) for job in jobs)])))
    return OK


def _row(job: Job, zone: ZoneInfo) -> tuple[str, ...]:
    paper = job.paper
    return (
        f"{job.received_at.astimezone(zone):%m-%d %H:%M:%S}",
        _title(job),
        str(job.seq),
        paper.order_no if isinstance(paper, Ticket) else "、".join(paper.order_nos[:1]),
        paper.table_name or paper.pickup_no or "",
        _STATE_NAMES[job.state],
        str(job.copies),
        job.printer or "-",
        job.job_id,
    )


def _title(job: Job) -> str:
    """The station, or what kind of paper for guests it is."""
    return job.paper.station_name if isinstance(job.paper, Ticket) else _SLIP_NAMES[job.paper.kind]


def _reprint(settings: Settings, job_id: str) -> int:
    spool = Spool(settings.spool_path)
    try:
        moved = spool.jobs.reprint(job_id, now=datetime.now(timezone.utc))
        job = spool.jobs.find(job_id)
    finally:
        spool.close()
    if job is None:
        _complain(f"没有这张小票：{job_id}。请用 jobs 查看任务号")
        return FOUND_WRONG
    if not moved:
        _complain(f"不用补打：这张小票{_STATE_NAMES[job.state]}")
        return FOUND_WRONG
    marked = f"，将带“补打/可能重复”字样（第 {job.copies + 1} 份）" if job.copies else ""
    print(f"已安排打印：{_title(job)} 第 {job.seq} 号{marked}")
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge_bridge", description="灶台门店程序：打印小票、叫号、回报")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for name, text in (
        ("run", "运行"),
        ("doctor", "检查一切是否正常"),
        ("jobs", "列出小票"),
        ("reprint", "补打一张小票"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--config", type=Path, help="配置文件（TOML）")
        if name == "reprint":
            command.add_argument("job", help="任务号，见 jobs")
    return parser


def _complain(*lines: str) -> None:
    print("\n".join(lines), file=sys.stderr, flush=True)
