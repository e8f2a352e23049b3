"""Which packages the functions need: read off what they import, wherever in a module it stands."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence

from scripts.release.archive import Files
from scripts.release.manifest import ReleaseError
from scripts.release.wheels import Wheel

NEEDED_UNSEEN = ("tzdata",)
"""No import names it: `zoneinfo` reads it where the system has no zone data, as on the platform."""
_OURS = {"functions", "shared", "index"}


def imported(files: Files) -> frozenset[str]:
    """The top-level names that these sources import from outside themselves and the standard library."""
    names = {name for path, source in files.items() if path.endswith(".py") for name in _imports(source)}
    return frozenset(names - set(sys.stdlib_module_names) - _OURS)


def needed(modules: Iterable[str], wheels: Sequence[Wheel]) -> list[Wheel]:
    """The wheels that bring these modules, and those that they need in turn. Raises ReleaseError for one not locked."""
    homes = {module: wheel for wheel in wheels for module in wheel.modules}
    by_name = {wheel.name: wheel for wheel in wheels}
    if missing := sorted(set(modules) - set(homes)):
        raise ReleaseError(f"imported by a function, but in no locked package of the layer: {', '.join(missing)}")
    waiting, found = [*(homes[module].name for module in modules), *NEEDED_UNSEEN], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in by_name:
            raise ReleaseError(f"needed by the layer's packages, but not locked: {name}")
        if name not in found:
            found.add(name)
            waiting += by_name[name].needs
    return [wheel for wheel in wheels if wheel.name in found]


def _imports(source: bytes) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
