"""`python -m scripts.local.wechat_messages --work-dir DIR [--port 0]`: serve until SIGTERM.

In the folder it writes `app.json`, the mini-program's id and secret, and then `url`.
"""

from __future__ import annotations

import argparse
import json
import secrets
from pathlib import Path

from starlette.applications import Starlette

from scripts.local.simulated import listening, serve
from scripts.local.wechat_messages.book import Book
from scripts.local.wechat_messages.doors import Doors

APPID = "wx-local"
APP_FILE = "app.json"


def main() -> None:
    """Make a secret, say where it is, serve."""
    options = _options()
    book = Book(APPID, secrets.token_hex(16))
    listener = listening(options.port)
    app_file = options.work_dir / APP_FILE
    app_file.touch(mode=0o600)
    app_file.write_text(json.dumps({"appid": book.appid, "secret": book.secret}))
    app = Starlette(routes=Doors(book).routes())
    serve(app, listener, options.work_dir, log_level="critical")  # a line that is cut by command is no error


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local.wechat_messages", description="WeChat's messages, here.")
    parser.add_argument("--work-dir", type=Path, required=True, help="where credentials and address are written")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
