"""`python -m scripts.local.wechat_messages --work-dir DIR [--port 0]`: serve until SIGTERM.

In the folder it writes `app.json`, the mini-program's id and secret, and then `url`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from scripts.local.process import HOST
from scripts.local.wechat_messages.book import Book
from scripts.local.wechat_messages.doors import Doors

APPID = "wx-local"
APP_FILE = "app.json"
URL_FILE = "url"


def main() -> None:
    """Make a secret, say where it is, serve."""
    options = _options()
    book = Book(APPID, secrets.token_hex(16))
    # Named as TCP, or the event loop would leave Nagle's algorithm on and every reply would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, options.port))
    except OSError:
        sys.exit(f"port {options.port} is taken; stop what listens there or choose another port")
    listener.listen(128)
    app_file = options.work_dir / APP_FILE
    app_file.touch(mode=0o600)
    app_file.write_text(json.dumps({"appid": book.appid, "secret": book.secret}))
    note = options.work_dir / f"{URL_FILE}.new"
    note.write_text(f"http://{HOST}:{listener.getsockname()[1]}")
    note.replace(options.work_dir / URL_FILE)
    config = uvicorn.Config(
        Starlette(routes=Doors(book).routes()),
        log_level="critical",  # a line that is cut by command is no error
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        loop="asyncio",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local.wechat_messages", description="WeChat's messages, here.")
    parser.add_argument("--work-dir", type=Path, required=True, help="where credentials and address are written")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
