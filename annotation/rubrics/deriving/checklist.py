"""A checklist from the prompt alone: what a good response must do, and what must not happen to it.

Sources: Zhang et al. 2026, "CM2: Reinforcement Learning with Checklist Rewards for Multi-Turn and Multi-Step Agentic Tool Use";
Viswanathan et al. 2025, "Checklists Are Better Than Reward Models For Aligning Language Models", arXiv:2507.18624.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, get_args

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.judges.replies import whole_number
from winnow.annotation.rubrics.deriving.contrast import not_found
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    Deriver,
    DerivingView,
    DraftSource,
    ProposedCriterion,
    Subject,
)
from winnow.annotation.rubrics.deriving.examining import DrawnFrom, WithFault, examine
from winnow.annotation.rubrics.deriving.pages import (
    fenced,
    page_of_prompt,
    question,
    told,
    words_of_prompt,
)
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.quotes import stands_in
from winnow.annotation.rubrics.wording import Fault
from winnow.schemas.rubrics import Importance

WEIGHTS: Mapping[Importance, float] = {
    "essential": 1.0,
    "important": 0.7,
    "optional": 0.3,
    "pitfall": 0.9,
}
"""How much an item counts by its importance; that of a pitfall is what meeting it costs."""


@DERIVERS.register("checklist", version=1)
class ChecklistDeriver(Deriver):
    """Write down, from the prompt alone, what a response must do turn by turn, how much depends on it, and what goes wrong easily."""

    subject: ClassVar[Subject] = "prompt"

    max_criteria: Annotated[int, Field(ge=1, le=200)] = 16
    """Criteria that one reply may propose; the schema enforces it, and what is beyond it is a reject."""

    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Show the conversation, and what the user says later within responses."""
        if replies:
            return ()
        longest = self.max_criterion_chars
        system = told(
            "derive_checklist", self.guidelines, max_criteria=self.max_criteria, max_chars=longest
        )
        page = page_of_prompt(view)
        if view.later:
            said = "\n".join(
                f"{i}. {turn.text()}" for i, turn in enumerate(view.later, self._n_asked(view) + 1)
            )
            page = f"{page}\n\nLater the user says:\n{fenced('later', said)}"
        text = {"type": "string", "maxLength": longest}
        entry: dict[str, dict[str, Any]] = {
            "quote": text,
            "criterion": text,
            "turn": {"enum": list(range(self._n_turns(view) + 1))},
            "importance": {"enum": list(WEIGHTS)},
        }
        schema = lists_schema(["items"], entry, self.max_criteria)
        return (question(system, page, schema, self.max_criteria * (2 * longest + 96)),)

    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read the items; each has to quote the conversation and to name a turn that there is."""
        (reply,) = replies
        lists = read_lists(reply.text, ["items"])
        if lists is None:
            return None
        asked = "\n".join([words_of_prompt(view.prompt), *(turn.text() for turn in view.later)])
        example = DrawnFrom(asked=asked, reference=view.prompt.reference)
        return examine(self._items(lists["items"], view, asked), example, self.max_criteria)

    def _items(self, entries: Sequence[Any], view: DerivingView, asked: str) -> Iterator[WithFault]:
        for entry in entries:
            quote = text_in(entry, "quote")
            turn, fault = self._turn(entry, view), None
            importance = importance_of(entry)
            if not stands_in(quote, asked):
                fault = not_found(quote, "the prompt")
            elif turn is None:
                fault = Fault(
                    "unsupported",
                    f"turn is {entry.get('turn')!r}, wanted 0 to {self._n_turns(view)}",
                )
            elif importance is None:
                fault = Fault(
                    "unsupported",
                    f"importance is {entry.get('importance')!r}, wanted {', '.join(WEIGHTS)}",
                )
            yield WithFault(
                ProposedCriterion(
                    text=text_in(entry, "criterion"),
                    kind="checklist",
                    importance=importance,
                    turn=turn or None,
                    weight=WEIGHTS.get(importance, 1.0) if importance else 1.0,
                    sources=(
                        DraftSource(kind="prompt", subject_id=view.prompt.prompt_id, quote=quote),
                    ),
                ),
                fault,
            )

    def _turn(self, entry: Any, view: DerivingView) -> int | None:
        """Read whose answer an item is about, 0 for the whole response; None where there is no such turn."""
        turn = entry.get("turn") if isinstance(entry, Mapping) else None
        whole = 0 if turn == 0 and not isinstance(turn, bool) else None
        return whole if whole == 0 else whole_number(turn, self._n_turns(view))

    def _n_asked(self, view: DerivingView) -> int:
        return sum(turn.role == "user" for turn in view.prompt.messages)

    def _n_turns(self, view: DerivingView) -> int:
        return self._n_asked(view) + len(view.later)


def importance_of(entry: Any) -> Importance | None:
    """Read how much depends on an item; None where it does not say."""
    said = entry.get("importance") if isinstance(entry, Mapping) else None
    return next((one for one in get_args(Importance) if one == said), None)
