"""What TRL's trainers load (read in TRL 1.16)."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.prompts import Message
from winnow.schemas.rubric_forms.trl import TrlForm
from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import Told, chat, chat_feature, side_alone, text_feature, told
from winnow.warehouse.export.layout import (
    FORMATS,
    JSON_DATASETS,
    OF_LINEAGE,
    SIDES,
    Content,
    Layout,
    ManyRows,
    MarginKind,
    PreferenceText,
    Rows,
    margin_column,
    margin_of,
)
from winnow.warehouse.export.plain import answer_columns, chat_columns, joined
from winnow.warehouse.export.rubrics import rubric_features, rubric_rows, wanted_rubrics

if TYPE_CHECKING:
    from datasets import Features

_READ_BY = {
    "preference": "TRL's DPOTrainer and its relatives: explicit prompt, chosen, rejected.",
    "reward": "TRL's RewardTrainer: chosen and rejected with the prompt inside, and a margin.",
    "unpaired": "TRL's KTOTrainer: prompt, completion and whether it was the better one.",
    "prompt_only": "TRL's GRPOTrainer and RLOOTrainer: prompts; further columns reach the reward function.",
    "rubric": "TRL's GRPOTrainer and RLOOTrainer: prompts, with the rubric as a column that reaches the reward function.",
}

# TRL's trainers for pairs see a beginning in both sides, where it cancels; the others would learn it, or ask for a turn
# after it. GRPO tells the chat template of tools that are Python functions, not of a row's.
_CARRIES = {
    "preference": Carries(tools=True, calls=True, beginning=True),
    "reward": Carries(tools=True, calls=True, beginning=True),
    "unpaired": Carries(tools=True, calls=True),
    "prompt_only": Carries(calls=True, responses=False),
    "rubric": Carries(responses=False),
}


@FORMATS.register("trl", version=1)
class TrlLayout(Layout):
    """Rows for TRL, as conversations or as plain text."""

    variant: Literal["preference", "reward", "unpaired", "prompt_only", "rubric"] = "preference"
    """Which of TRL's dataset types to write."""

    text: Literal["messages", "plain"] = "messages"
    """Conversations of role and content, or plain text, which only prompts of one user turn can be."""

    margin: MarginKind = "posterior"
    """Which margin the variant "reward" carries."""

    unproven: bool = False
    """Of the variant "rubric", write derived rubrics that nothing has proven yet as well."""

    separator: str = "\n\n"
    """What ends a prompt of plain text, since trainers join prompt and response as they are."""

    @property
    def unit(self) -> str:
        """What one row is."""
        units = {"unpaired": "responses", "prompt_only": "prompts", "rubric": "prompts"}
        return units.get(self.variant, "preferences")

    @property
    def read_by(self) -> str:
        """Say which trainer loads it."""
        return _READ_BY[self.variant]

    @property
    def rubrics(self) -> Literal["proven", "all"] | None:
        """Which rubrics it wants."""
        return wanted_rubrics(self.unproven) if self.variant == "rubric" else None

    def features(self, content: Content) -> "Features":
        """List the columns of the variant."""
        from datasets import Features, List, Value

        if self.variant == "rubric":
            return rubric_features(TrlForm)
        words = chat_feature(content) if self.text == "messages" else text_feature()
        string, number = Value("string"), Value("float64")
        columns: dict[str, dict[str, Any]] = {
            "preference": {"prompt": words, "chosen": words, "rejected": words},
            "reward": {"chosen": words, "rejected": words, "margin": number},
            "unpaired": {"prompt": words, "completion": words, "label": Value("bool")},
            "prompt_only": {"prompt": words, "reference": string, "domain": string}
            | ({"metadata": string} if content.has_metadata else {}),
        }
        trace = {
            "preference": {"preference_id": string, "confidence": number},
            "reward": {"preference_id": string, "confidence": number},
            "unpaired": {"response_id": string, "preference_ids": List(string)},
            "prompt_only": {"prompt_id": string, "preference_ids": List(string)},
        }
        tools = {"tools": string} if self._shows_tools(content) else {}
        return Features(columns[self.variant] | tools | trace[self.variant])

    def oldest_datasets(self, content: Content) -> str:
        """Return the version that knows JSON where turns call tools, as TRL itself asks for."""
        has_json = content.has_tool_turns and self.text == "messages"
        return JSON_DATASETS if has_json else super().oldest_datasets(content)

    def unread(self, content: Content) -> frozenset[str]:
        """Leave out where pairs come from, and what no row says anything in."""
        return OF_LINEAGE | content.silent if self.unit == "preferences" else frozenset()

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a preference, a response or a prompt, by variant; ties are left out where a side must win."""
        if self.variant == "rubric":
            return rubric_rows(TrlForm, group)
        make = {
            "preference": self._pairs,
            "reward": self._pairs,
            "unpaired": self._responses,
            "prompt_only": self._prompt,
        }[self.variant]
        rows = make(group)
        if self._shows_tools(content):
            rows = _with(rows, tools=group[0]["tools"])
        if content.has_metadata and self.variant == "prompt_only":
            rows = _with(rows, metadata=group[0]["metadata"])
        return rows

    def columns(self, rows: pa.Table, content: Content) -> ManyRows | None:
        """Lay out pairs of plain turns as columns."""
        if self.text == "plain" or content.has_tool_turns or self.unit != "preferences":
            return None
        is_tied = np.asarray(rows["is_tied"])
        has_none = np.zeros(len(rows), bool)
        if self.variant == "reward":
            has_none = ~is_tied & np.asarray(pc.is_null(rows[margin_column(self.margin)]))
        is_kept = ~is_tied & ~has_none
        left_out = {"tied": int(is_tied.sum()), "no_length_controlled_margin": int(has_none.sum())}
        return ManyRows(
            self._columns(rows.filter(pa.array(is_kept)), content), is_kept, +Counter(left_out)
        )

    def _columns(self, rows: pa.Table, content: Content) -> pa.Table:
        asked = chat_columns(rows["prompt"].combine_chunks())
        chosen, rejected = (answer_columns(rows[side].combine_chunks()) for side in SIDES)
        if self.variant == "preference":
            words = {"prompt": asked, "chosen": chosen, "rejected": rejected}
        else:
            words = {
                "chosen": joined(asked, chosen),
                "rejected": joined(asked, rejected),
                "margin": rows[margin_column(self.margin)],
            }
        tools = {"tools": rows["tools"]} if self._shows_tools(content) else {}
        trace = {name: rows[name] for name in ("preference_id", "confidence")}
        return pa.table(words | tools | trace)

    def _shows_tools(self, content: Content) -> bool:
        return content.has_tools and self.text == "messages" and self._carries().tools

    def _carries(self) -> Carries:
        has_responses = _CARRIES[self.variant].responses
        is_plain = self.text == "plain"
        return Carries(roles=False, responses=has_responses) if is_plain else _CARRIES[self.variant]

    def _pairs(self, group: Sequence[PreferenceText]) -> Rows:
        found = [(p, told(p)) for p in group]
        reasons = [self._why_no_pair(p, parts) for p, parts in found]
        kept = [pair for pair, reason in zip(found, reasons, strict=True) if reason is None]
        make = self._explicit if self.variant == "preference" else self._implicit
        return Rows([make(p, parts) for p, parts in kept], [r for r in reasons if r])

    def _responses(self, group: Sequence[PreferenceText]) -> Rows:
        rows: list[dict[str, Any]] = []
        left_out: list[str] = []
        for response_id, said in _labels(group).items():
            mine = [p for p in group if response_id in (p["chosen_id"], p["rejected_id"])]
            parts = side_alone(told(mine[0]), is_chosen=mine[0]["chosen_id"] == response_id)
            if reason := why_left_out(parts, self._carries()) or _why_no_label(said):
                left_out.append(reason)
            else:
                rows.append(self._completion(response_id, said == {True}, parts, mine))
        return Rows(rows, left_out)

    def _prompt(self, group: Sequence[PreferenceText]) -> Rows:
        first, parts = group[0], told(group[0])
        if reason := why_left_out(parts, self._carries()):
            return Rows([], [reason])
        row = {
            "prompt": self._asked(parts),
            "reference": first["reference"],
            "domain": first["domain"],
            "prompt_id": first["prompt_id"],
            "preference_ids": [p["preference_id"] for p in group],
        }
        return Rows([row], [])

    def _why_no_pair(self, preference: PreferenceText, parts: Told) -> str | None:
        if reason := why_left_out(parts, self._carries()):
            return reason
        if preference["is_tied"]:
            return "tied"
        needs_margin = self.variant == "reward" and margin_of(preference, self.margin) is None
        return "no_length_controlled_margin" if needs_margin else None

    def _asked(self, parts: Told) -> Any:
        if self.text == "plain":
            return parts.asked[0].text() + self.separator
        return chat(parts.asked)

    def _said(self, turns: tuple[Message, ...] | None) -> Any:
        return turns[-1].text() if turns and self.text == "plain" else chat(turns)

    def _explicit(self, p: PreferenceText, parts: Told) -> dict[str, Any]:
        return {
            "prompt": self._asked(parts),
            "chosen": self._said(parts.chosen),
            "rejected": self._said(parts.rejected),
            "preference_id": p["preference_id"],
            "confidence": p["confidence"],
        }

    def _implicit(self, p: PreferenceText, parts: Told) -> dict[str, Any]:
        return {
            "chosen": self._asked(parts) + self._said(parts.chosen),
            "rejected": self._asked(parts) + self._said(parts.rejected),
            "margin": margin_of(p, self.margin),
            "preference_id": p["preference_id"],
            "confidence": p["confidence"],
        }

    def _completion(
        self, response_id: str, label: bool, parts: Told, mine: Sequence[PreferenceText]
    ) -> dict[str, Any]:
        return {
            "prompt": self._asked(parts),
            "completion": self._said(parts.responses()),
            "label": label,
            "response_id": response_id,
            "preference_ids": [p["preference_id"] for p in mine],
        }


def _with(rows: Rows, **columns: Any) -> Rows:
    return Rows([row | columns for row in rows.rows], rows.left_out)


def _labels(group: Sequence[PreferenceText]) -> dict[str, set[bool]]:
    """Pair each response with what it was said to be: the better one, the worse one, both, or neither where all tied."""
    said: dict[str, set[bool]] = {}
    for p in group:
        for response_id, is_better in ((p["chosen_id"], True), (p["rejected_id"], False)):
            said.setdefault(response_id, set()).update(() if p["is_tied"] else (is_better,))
    return said


def _why_no_label(said: set[bool]) -> str | None:
    if len(said) == 1:
        return None
    return "chosen_and_rejected" if said else "tied"
