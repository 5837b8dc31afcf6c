"""Every column, with the ids that lead back to each vote."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.layout import FORMATS, SIDES, Content, Layout, PreferenceText, Rows

if TYPE_CHECKING:
    from datasets import Features, Value


@FORMATS.register("parquet", version=1)
class ParquetLayout(Layout):
    """All there is about each preference, ties included, as the warehouse holds it."""

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "Anything that reads Parquet: every column, ties included, ids of every vote."

    def features(self, content: Content) -> "Features":
        """List all columns of `PreferenceText`; conversations are lists of structs, as the warehouse holds them."""
        from datasets import Features, List, Value

        string, number = Value("string"), Value("float64")
        turns, calls, strings = List(_message()), List(_call()), List(Value("string"))
        return Features(
            {name: string for name in ("preference_id", "comparison_id", "prompt_id")}
            | {name: string for name in ("chosen_id", "rejected_id")}
            | {"prompt": turns, "tools": string, "contexts": strings}
            | {"chosen": string, "rejected": string}
            | {"chosen_tool_calls": calls, "rejected_tool_calls": calls}
            | {"chosen_turns": turns, "rejected_turns": turns}
            | {f"{side}_parts": List(_part()) for side in SIDES}
            | {f"{side}_steps": List(_step()) for side in SIDES}
            | {f"{side}_{name}": string for name in ("made", "parent_id") for side in SIDES}
            | {"chosen_model": string, "rejected_model": string}
            | {"is_tied": Value("bool"), "confidence": number, "margin": number}
            | {"length_controlled_margin": number}
            | {"evidence": strings, "split": string}
            | {name: string for name in ("domain", "language", "source", "reference", "metadata")}
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield each preference as it is."""
        return Rows([dict(preference) for preference in group], [])


def _message() -> "dict[str, Any]":
    from datasets import List, Value

    string = Value("string")
    return {
        "role": string,
        "content": string,
        "parts": List(_part()),
        "tool_calls": List(_call()),
        "tool_call_id": string,
        "name": string,
    }


def _part() -> "dict[str, Value]":
    from datasets import Value

    return {name: Value("string") for name in ("type", "text", "image")}


def _step() -> "dict[str, Value]":
    from datasets import Value

    return {name: Value("int64") for name in ("turn", "character")}


def _call() -> "dict[str, Value]":
    from datasets import Value

    return {name: Value("string") for name in ("name", "arguments", "id")}
