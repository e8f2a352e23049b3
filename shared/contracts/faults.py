"""What is wrong with a message, field by field, in the reader's language."""

from collections.abc import Mapping

from pydantic import ValidationError

_SAID: Mapping[str, str] = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识的字段",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_long": "最多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "tuple_type": "应为列表",
    "literal_error": "应为 {expected} 之一",
    "union_tag_invalid": "{discriminator} 应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少 {discriminator}",
}


def field_faults(error: ValidationError) -> list[dict[str, str]]:
    """Every field at fault as `{"field": "lines.0.quantity", "message": "不能小于 1"}`; never the value itself."""
    found = error.errors(include_url=False, include_input=False)
    # pydantic counts only a list's sound items: with a faulty one, "too short" is an echo of that fault.
    parents = {fault["loc"][:depth] for fault in found for depth in range(len(fault["loc"]))}
    return [
        {
            "field": ".".join(str(part) for part in fault["loc"]) or "event",
            "message": _message(fault["type"], fault.get("ctx", {}), fault["msg"]),
        }
        for fault in found
        if not (fault["type"] == "too_short" and fault["loc"] in parents)
    ]


def _message(kind: str, context: Mapping[str, object], english: str) -> str:
    if kind == "value_error":
        return english.removeprefix("Value error, ")
    return _SAID.get(kind, "格式不对").format_map(context)
