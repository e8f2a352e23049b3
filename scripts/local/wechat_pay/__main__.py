"""`python -m scripts.local.wechat_pay --work-dir DIR [--port 0] [--merchant MCHID …]`: serve until SIGTERM.

In the folder it writes `merchants.json`, what the functions' `WECHAT_PAY_FILE` is to name, and then `url`.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from scripts.local.process import HOST
from scripts.local.wechat_pay.api import MerchantDoor
from scripts.local.wechat_pay.control import ControlDoor
from scripts.local.wechat_pay.desk import NOTIFY_HOST, Desk
from scripts.local.wechat_pay.keys import Account, new_key

APPID = "wx-local"
MERCHANTS_FILE = "merchants.json"
URL_FILE = "url"
NOTIFY_URL = f"https://{NOTIFY_HOST}/payNotify"


def main() -> None:
    """Make the keys, say where it is, serve."""
    options = _options()
    platform_key = new_key()
    accounts = {mchid: Account.new(mchid, appid=APPID, platform_key=platform_key) for mchid in options.merchant}
    # Named as TCP, or the event loop would leave Nagle's algorithm on and every reply would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, options.port))
    except OSError:
        sys.exit(f"port {options.port} is taken; stop what listens there or choose another port")
    listener.listen(128)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    _write(options.work_dir, accounts, url=url)
    desk = Desk(accounts)
    app = Starlette(routes=[*MerchantDoor(desk).routes(), *ControlDoor(desk).routes()])
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        loop="asyncio",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _write(folder: Path, accounts: dict[str, Account], *, url: str) -> None:
    settings = [account.settings(notify_url=NOTIFY_URL, gateway=url) for account in accounts.values()]
    secret = folder / MERCHANTS_FILE
    secret.touch(mode=0o600)
    secret.write_text(json.dumps(settings, indent=1), encoding="utf-8")
    note = folder / f"{URL_FILE}.new"
    note.write_text(url)
    note.replace(folder / URL_FILE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local.wechat_pay", description="WeChat Pay on this machine.")
    parser.add_argument("--work-dir", type=Path, required=True, help="where settings and address are written")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--merchant", action="append", required=True, help="a merchant number; the brand's first")
    return parser.parse_args()


if __name__ == "__main__":
    main()
