"""`python -I -S probe.py LAYER FUNCTION=CODE …`: import and call each function in its own process; a JSON line each.

The processes are forked from one that has imported what every function needs, the driver and pydantic.
"""

import json
import os
import sys
from importlib import import_module

LATE = {"paho", "wechatpayv3", "tencentcloud", "requests", "urllib3", "cryptography", "certifi", "httpx"}
"""What only some calls of some functions use; importing a function must not bring any of it."""


def main(layer: str, functions: list[str]) -> None:
    sys.path.insert(0, layer)
    import_module("pydantic.main")
    import_module("pymongo")
    for pair in functions:
        name, _, code = pair.partition("=")
        child = os.fork()
        if not child:
            os.dup2(2, 1)  # what the function logs is for a person
            with os.fdopen(int(os.environ["ANSWERS"]), "w") as answers:
                answers.write(json.dumps(probe(name, code)) + "\n")
            os._exit(0)
        os.waitpid(child, 0)


def probe(name: str, code: str) -> dict[str, object]:
    before = set(sys.modules)
    sys.path.insert(0, code)
    try:
        module = import_module("index")
        brought = set(sys.modules) - before
        files = {one: getattr(sys.modules[one], "__file__", None) or "" for one in set(sys.modules)}
        context = {"request_id": "r-1", "environ": "", "time_limit_in_ms": 10_000, "environment": "{}"}
        reply = json.loads(json.dumps(module.main({}, context)))
    except BaseException as error:
        return {"name": name, "failed": f"{type(error).__name__}: {error}"}
    return {
        "name": name,
        "late": sorted(one for one in brought if one.split(".")[0] in LATE),
        "installed": sorted(path for path in files.values() if "-packages" in path),
        "reply": json.loads(reply["body"]) if "body" in reply else reply,
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
