"""Compiles a folder for the Python that runs this: `python3.10 -S compile_tree.py FOLDER PREFIX unchecked|checked`.

The platform's file systems are read-only, so without compiled files every new instance compiles all that it imports.
Format 2 of marshal writes no references between objects, which would depend on what else the process holds: the same
source gives the same bytes. `checked` files are used only as long as their source is what was compiled. PREFIX is where
the folder will lie, for tracebacks.
"""

import importlib.util
import marshal
import sys
import warnings
from pathlib import Path

UNCHECKED, CHECKED = 0b01, 0b11
FORMAT = 2


def main(folder: str, prefix: str, kind: str) -> None:
    """Write a compiled file beside every source; one that is for another Python's grammar is left alone."""
    flags = {"unchecked": UNCHECKED, "checked": CHECKED}[kind]
    warnings.simplefilter("ignore")
    for path in sorted(Path(folder).rglob("*.py")):
        source, name = path.read_bytes(), path.relative_to(folder).as_posix()
        try:
            code = compile(source, f"{prefix}/{name}", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        target = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
        target.parent.mkdir(exist_ok=True)
        head = importlib.util.MAGIC_NUMBER + flags.to_bytes(4, "little") + importlib.util.source_hash(source)
        target.write_bytes(head + marshal.dumps(code, FORMAT))


if __name__ == "__main__":
    main(*sys.argv[1:])
