"""What a deployment fills into `cloudbaserc.json`: from a file outside the repository, or from the environment."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts.deploying.faults import DeployError, ValuesMissing

PUBLIC = frozenset({"ENV_ID", "REGION", "VPC_ID", "SUBNET_ID", "ZAOTAI_ENV", "MONGODB_DATABASE", "HTTP_DOMAIN"})
"""Names whose values may be shown; every other value is a secret, known or not."""
MASKED_FROM = 6
"""A shorter value is not masked in output: it would blot out ordinary words."""


@dataclass(frozen=True)
class Values:
    """Names and values of one deployment. Its `repr` and its messages tell names only."""

    source: str
    known: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Values(source={self.source!r}, names={sorted(self.known)})"

    def require(self, name: str) -> str:
        """A value that must be there and not be empty. Raises ValuesMissing."""
        found = self.known.get(name, "")
        if not found:
            raise ValuesMissing([name], self.source)
        return found

    def get(self, name: str) -> str:
        """A value, empty when it is not there."""
        return self.known.get(name, "")

    def secrets(self) -> Iterator[tuple[str, str]]:
        """What must not be shown, with the name to show instead; the password in an address also by itself."""
        for name, value in self.known.items():
            if name in PUBLIC:
                continue
            yield name, value
            yield from ((name, part) for part in _passwords(value))


def read_values(path: Path | None, *, environ: Mapping[str, str], repository: Path) -> Values:
    """From the file when there is one, and then from nothing else; otherwise from the environment.

    Never from both: a `MONGODB_URI` that an engineer's shell happens to hold does not get into production. Raises
    DeployError for a file inside the repository or one that others may read.
    """
    if path is None:
        return Values("the environment", dict(environ))
    resolved = path.expanduser().resolve()
    if resolved.is_relative_to(repository.resolve()):
        raise DeployError(f"{resolved} lies in the repository: keep values elsewhere, they hold secrets")
    try:
        if resolved.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise DeployError(f"{resolved} can be read by others: chmod 600 {resolved}")
        text = resolved.read_text(encoding="utf-8")
    except OSError as error:
        raise DeployError(f"cannot read {resolved}: {error.strerror}") from error
    return Values(str(resolved), dict(_lines(text, resolved)))


def _lines(text: str, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name.strip()):
            raise DeployError(f"{path}, line {number}: NAME=value is wanted")
        yield name.strip(), value.strip()


def _passwords(value: str) -> Iterator[str]:
    if "://" not in value:
        return
    try:
        password = urlsplit(value).password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)
