"""Tool calls, in the forms that OpenAI, ShareGPT and tables write them, to `winnow.schemas.prompts.ToolCall`."""

from typing import Any

from winnow.pipelines.reading.defects import Defect, json_fault, kind_of
from winnow.pipelines.reading.exact import read_exact, write_exact
from winnow.pipelines.reading.fields import check_text, is_missing
from winnow.schemas.prompts import ToolCall


def parse_tool_calls(value: Any, where: str) -> tuple[ToolCall, ...]:
    """Read tool calls, each {id, function: {name, arguments}} or {name, arguments}; one alone, or JSON text of them.

    Raises:
        Defect: bad_messages, or a text is not usable.
    """
    if is_missing(value):
        return ()
    value = _unpacked(value, where) if isinstance(value, str) else value
    calls = [value] if isinstance(value, dict) else value
    if not isinstance(calls, list | tuple):
        raise Defect("bad_messages", f"{where} is {kind_of(value)}, wanted a list")
    return tuple(_tool_call(call, f"{where}[{i}]") for i, call in enumerate(calls))


def _unpacked(text: str, where: str) -> Any:
    if not text.strip():
        return []
    try:
        return read_exact(text)
    except RecursionError:
        fault = "it is nested too deeply"
    except ValueError as error:
        fault = json_fault(error)
    raise Defect("bad_messages", f"{where} is no JSON: {fault}; wanted {{name, arguments}}")


def _tool_call(value: Any, where: str) -> ToolCall:
    function = value.get("function") or value if isinstance(value, dict) else value
    if not isinstance(function, dict):
        raise Defect(
            "bad_messages", f"{where} is {kind_of(value)}, wanted {{function: {{name, arguments}}}}"
        )
    named = value.get("id")
    return ToolCall(
        name=check_text(function.get("name"), f"{where}.name", "bad_messages"),
        arguments=_arguments(function.get("arguments"), f"{where}.arguments"),
        id=None if is_missing(named) else check_text(named, f"{where}.id", "bad_messages"),
    )


def _arguments(value: Any, where: str) -> str:
    # Text is what a model said, and stays so even where it is no JSON: that may be why it was rejected.
    if isinstance(value, str):
        return check_text(value, where, "bad_messages")
    if not isinstance(value, dict | None):
        raise Defect("bad_messages", f"{where} is {kind_of(value)}, wanted JSON text or an object")
    return json_text(value or {}, where, "bad_messages")


def json_text(value: Any, where: str, reason: str) -> str:
    """Write a list or object as canonical JSON.

    Raises:
        Defect: It holds NaN or something that JSON has no form for (`reason`), or no usable text.
    """
    try:
        text = write_exact(value)
    except (ValueError, TypeError, RecursionError):
        raise Defect(
            reason,
            f"{where} cannot be written as JSON: it holds NaN, infinity, a value without a form in JSON, "
            "or is nested too deeply",
        ) from None
    return check_text(text, where)
