"""The whole cloud on one machine: a real database, a real broker, and the functions behind a gateway.

`python -m scripts.local.cloud` runs it until Ctrl-C. Everything it starts listens on free ports of 127.0.0.1 and ends
with it, however it ends.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import httpx

from scripts.local.broker import Account, Broker
from scripts.local.gateway import URL_FILE, GatewayConfig
from scripts.local.mongod import Mongod
from scripts.local.process import Child, StartFailedError, wait_until
from scripts.local.wechat_messages.simulator import WechatMessagesSimulator
from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator

ROOT = Path(__file__).resolve().parents[2]
CLOUD_ACCOUNT = "cloud"
_START_LIMIT_S = 60.0


class LocalCloud:
    """Everything the functions need, and they themselves.

    `MONGODB_URI` and `MQTT_URL` in the environment, or the arguments of those names, replace the own database and
    broker. `env` adds to what the functions get; `data_dir` keeps the database over restarts. With `pay` there is a
    simulated WeChat Pay for the `merchants`, the brand's first, which tells the functions what the guests pay; with
    `messages` a simulated WeChat takes what the guests are told.
    """

    def __init__(
        self,
        work_dir: Path,
        *,
        root: Path = ROOT,
        layer: Path = ROOT / ".cache" / "layer",
        zaotai_env: str = "local",
        database: str = "zaotai",
        table_code_key: str | None = None,
        accounts: Sequence[Account] = (),
        env: Mapping[str, str] | None = None,
        mongodb_uri: str | None = None,
        mqtt_url: str | None = None,
        data_dir: Path | None = None,
        port: int = 0,
        prewarm: int = 0,
        max_instances: int = 4,
        timers: bool = True,
        pay: bool = False,
        merchants: Sequence[str] = (BRAND,),
        messages: bool = False,
    ) -> None:
        self._work_dir = work_dir
        self._root, self._layer = root, layer
        self._zaotai_env, self._database = zaotai_env, database
        self._env = dict(env or {})
        self._port, self._prewarm, self._max_instances, self._timers = port, prewarm, max_instances, timers
        self._mongodb_uri = mongodb_uri or os.environ.get("MONGODB_URI", "")
        self._mqtt_url = mqtt_url or os.environ.get("MQTT_URL", "")
        self._mongod = None if self._mongodb_uri else Mongod(data_dir)
        cloud = cloud_account(zaotai_env)
        self.broker = None if self._mqtt_url else Broker(work_dir / "broker", accounts=(cloud, *accounts))
        self.wechat_pay = WechatPaySimulator(work_dir / "wechat_pay", merchants=merchants) if pay else None
        self.wechat_messages = WechatMessagesSimulator(work_dir / "wechat_messages") if messages else None
        self._gateway: Child | None = None
        self._client: httpx.Client | None = None
        self.table_code_key = table_code_key or secrets.token_urlsafe(32)
        self.url = ""

    @property
    def mongodb_uri(self) -> str:
        """Where the functions' database is."""
        return self._mongod.uri if self._mongod else self._mongodb_uri

    @property
    def mqtt_url(self) -> str:
        """Where the functions' broker is, with their account."""
        return self.broker.url_for(CLOUD_ACCOUNT) if self.broker else self._mqtt_url

    @property
    def log(self) -> Path:
        """What the functions print."""
        return self._work_dir / "functions.log"

    def start(self) -> LocalCloud:
        """Bring everything up and return once it answers. Raises `StartFailedError` with the reason."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        try:
            if self.wechat_pay:
                self.wechat_pay.launch()
            if self.wechat_messages:
                self.wechat_messages.launch()
            if self._mongod:
                self._mongod.start()
            if self.broker:
                self.broker.start()
            if self.wechat_pay:
                self.wechat_pay.wait()
            if self.wechat_messages:
                self.wechat_messages.wait()
            self._start_gateway()
            if self.wechat_pay:
                self.wechat_pay.receive_at(self.url)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything, each by its own id; again does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway = None
        if self.wechat_pay:
            self.wechat_pay.stop()
        if self.wechat_messages:
            self.wechat_messages.stop()
        if self.broker:
            self.broker.stop()
        if self._mongod:
            self._mongod.stop()

    def invoke(
        self,
        name: str,
        data: Mapping[str, object],
        *,
        openid: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        """Call a function as a guest's mini-program does, and give the reply's JSON, whatever its status."""
        assert self._client is not None
        identity = {} if openid is None else {"X-WX-OPENID": openid, "X-WX-APPID": "wx-local"}
        reply = self._client.post(f"/v1/functions/{name}", json=dict(data), headers={**identity, **(headers or {})})
        result: object = reply.json()
        return result

    def health(self) -> object:
        """What the gateway says of itself and the functions."""
        assert self._client is not None
        found: object = self._client.get("/local/health").json()
        return found

    def kill_gateway(self) -> None:
        """End the gateway at once, as `kill -9` would: for tests of faults. A `stop` and a `start` bring it back."""
        if self._gateway is not None:
            self._gateway.kill()

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_gateway(self) -> None:
        note, config = self._work_dir / URL_FILE, self._work_dir / "gateway.json"
        note.unlink(missing_ok=True)
        GatewayConfig(
            root=str(self._root),
            layer=str(self._layer),
            work_dir=str(self._work_dir),
            env=self._function_env(),
            port=self._port,
            max_instances=self._max_instances,
            prewarm=self._prewarm,
            timers=self._timers,
        ).write(config)
        gateway = Child(
            [sys.executable, "-m", "scripts.local.gateway", "--config", config],
            log=self._work_dir / "gateway.log",
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
            },
            cwd=ROOT,
        )
        self._gateway = gateway
        wait_until(lambda: note.exists() or not gateway.alive, limit_s=_START_LIMIT_S)
        if not note.exists():
            raise StartFailedError(f"the gateway did not come up; its last words:\n{gateway.log_end()}")
        self.url = note.read_text()
        self._client = httpx.Client(base_url=self.url, timeout=_START_LIMIT_S, trust_env=False)
        try:
            self._client.get("/local/health").raise_for_status()
        except httpx.HTTPError as error:
            raise StartFailedError(f"the gateway does not answer ({error}):\n{gateway.log_end()}") from error

    def _function_env(self) -> dict[str, str]:
        return {
            "ZAOTAI_ENV": self._zaotai_env,
            "MONGODB_URI": self.mongodb_uri,
            "MONGODB_DATABASE": self._database,
            "MQTT_URL": self.mqtt_url,
            "TABLE_CODE_KEY": self.table_code_key,
            **({"WECHAT_PAY_FILE": str(self.wechat_pay.merchants_file)} if self.wechat_pay else {}),
            **(self.wechat_messages.env if self.wechat_messages else {}),
            **self._env,
        }


def cloud_account(zaotai_env: str, *, password: str | None = None) -> Account:
    """The functions' own account at the broker: writes what shops listen to, reads what store PCs report."""
    shop = f"zaotai/{zaotai_env}/+"
    return Account(
        username=CLOUD_ACCOUNT,
        password=password or secrets.token_urlsafe(24),
        read=(f"{shop}/bridge/+/status",),
        write=(f"{shop}/kitchen/+", f"{shop}/call", f"{shop}/config"),
    )


def main() -> None:
    """Run the cloud until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="Run the local cloud.")
    parser.add_argument("--port", type=int, default=0, help="the gateway's port (default: a free one)")
    parser.add_argument("--data", type=Path, help="keep the database in this folder (default: a temporary one)")
    parser.add_argument("--messages", action="store_true", help="with a simulated WeChat that takes messages to guests")
    parser.add_argument("--pay", action="store_true", help="with a simulated WeChat Pay, told by its /sim commands")
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="zaotai-cloud-") as folder:
        try:
            with LocalCloud(
                Path(folder),
                port=arguments.port,
                data_dir=arguments.data,
                pay=arguments.pay,
                messages=arguments.messages,
            ) as cloud:
                places = f"gateway {cloud.url}\nmongodb {cloud.mongodb_uri}\nlog     {cloud.log}\n"
                if cloud.wechat_pay:
                    places += f"pay     {cloud.wechat_pay.url}\n"
                if cloud.wechat_messages:
                    places += f"wechat  {cloud.wechat_messages.url}\n"
                print(f"{places}Ctrl-C ends it.", flush=True)
                ended.wait()
        except StartFailedError as error:
            sys.exit(f"local cloud: {error}")


if __name__ == "__main__":
    main()
