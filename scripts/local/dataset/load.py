"""Reads a data set's folder: one JSON file for each field of `Dataset`, every fault reported at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from scripts.local.dataset.references import reference_problems
from scripts.local.dataset.whole import Dataset

YUWEIFANG = Path(__file__).parent.parent / "data" / "yuweifang"


class DatasetError(Exception):
    """The data set cannot be used; `problems` names file, entry and field of each fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load_dataset(folder: Path = YUWEIFANG) -> Dataset:
    """Read and check a data set. Raises DatasetError with every fault found: first of form, then of references."""
    files = _read_files(folder)
    try:
        dataset = TypeAdapter(Dataset).validate_json(json.dumps(files))
    except ValidationError as cause:
        raise DatasetError(_form_problems(cause, files)) from cause
    if problems := reference_problems(dataset):
        raise DatasetError(problems)
    return dataset


def _read_files(folder: Path) -> dict[str, object]:
    files: dict[str, object] = {}
    problems = []
    for name in (field.name for field in fields(Dataset)):
        try:
            files[name] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        except OSError as cause:
            problems.append(f"{name}.json: cannot be read: {cause.strerror}")
        except UnicodeDecodeError:
            problems.append(f"{name}.json: is not UTF-8")
        except json.JSONDecodeError as cause:
            problems.append(f"{name}.json: line {cause.lineno}, column {cause.colno}: {cause.msg}")
    if problems:
        raise DatasetError(problems)
    return files


def _form_problems(error: ValidationError, files: Mapping[str, object]) -> list[str]:
    return [_form_problem(fault["loc"], fault["msg"], files) for fault in error.errors(include_url=False)]


def _form_problem(loc: tuple[int | str, ...], message: str, files: Mapping[str, object]) -> str:
    file, *path = loc
    where = [f"{file}.json"]
    entries = files[str(file)]
    if path and isinstance(path[0], int) and isinstance(entries, list):
        number = int(path.pop(0))
        where.append(_entry_label(number, entries[number]))
    if path:
        where.append(".".join(str(step) for step in path))
    return ": ".join([*where, message])


def _entry_label(number: int, entry: object) -> str:
    match entry:
        case {"id": str(key)}:
            return f"entry {number + 1} ({key})"
        case _:
            return f"entry {number + 1}"
