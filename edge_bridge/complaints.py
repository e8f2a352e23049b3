"""What pydantic found wrong, said in Chinese to whoever edits the settings; never with the value: it may be secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_MEANINGS = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识这一项，请检查拼写",
    "string_type": "应是文字，要用引号括起来",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "float_type": "应是数字",
    "float_parsing": "应是数字",
    "tuple_type": "应是列表",
    "model_type": "应是一组“名称 = 值”",
    "string_pattern_mismatch": "只能用字母、数字和 _ - : . |",
}


def complaints(error: ValidationError) -> list[str]:
    """One line for each mistake: where, and what is wrong."""
    return [
        f"{_place(found['loc'])}：{_meaning(found)}" for found in error.errors(include_url=False, include_input=False)
    ]


def _place(location: tuple[int | str, ...]) -> str:
    return " ".join(f"第 {part + 1} 个的" if isinstance(part, int) else part for part in location)


def _meaning(found: ErrorDetails) -> str:
    kind, limits = found["type"], found.get("ctx", {})
    if kind == "value_error":
        return str(limits["error"])
    if kind == "literal_error":
        return f"只能是 {limits['expected']}".replace(" or ", " 或 ")
    if kind in ("string_too_short", "too_short"):
        return f"太短或为空，至少 {limits['min_length']}"
    if kind in ("string_too_long", "too_long"):
        return f"太长，最多 {limits['max_length']}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"超出范围（{'、'.join(f'{_SIGNS[name]} {limit}' for name, limit in limits.items())}）"
    return _MEANINGS.get(kind, "写得不对")


_SIGNS = {"gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于"}
