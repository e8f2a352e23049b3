"""`python -m scripts.local.wechat_pay --work-dir DIR [--port 0] [--merchant MCHID …]`: serve until SIGTERM.

In the folder it writes `merchants.json`, what the functions' `WECHAT_PAY_FILE` is to name, and then `url`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from starlette.applications import Starlette

from scripts.local.simulated import address, listening, serve
from scripts.local.wechat_pay.api import MerchantDoor
from scripts.local.wechat_pay.control import ControlDoor
from scripts.local.wechat_pay.desk import NOTIFY_HOST, Desk
from scripts.local.wechat_pay.keys import Account, new_key

APPID = "wx-local"
MERCHANTS_FILE = "merchants.json"
NOTIFY_URL = f"https://{NOTIFY_HOST}/payNotify"


def main() -> None:
    """Make the keys, say where it is, serve."""
    options = _options()
    platform_key = new_key()
    accounts = {mchid: Account.new(mchid, appid=APPID, platform_key=platform_key) for mchid in options.merchant}
    listener = listening(options.port)
    _write(options.work_dir / MERCHANTS_FILE, accounts, gateway=address(listener))
    desk = Desk(accounts)
    app = Starlette(routes=[*MerchantDoor(desk).routes(), *ControlDoor(desk).routes()])
    serve(app, listener, options.work_dir, log_level="warning")


def _write(secret: Path, accounts: dict[str, Account], *, gateway: str) -> None:
    settings = [account.settings(notify_url=NOTIFY_URL, gateway=gateway) for account in accounts.values()]
    secret.touch(mode=0o600)
    secret.write_text(json.dumps(settings, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local.wechat_pay", description="WeChat Pay on this machine.")
    parser.add_argument("--work-dir", type=Path, required=True, help="where settings and address are written")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--merchant", action="append", required=True, help="a merchant number; the brand's first")
    return parser.parse_args()


if __name__ == "__main__":
    main()
