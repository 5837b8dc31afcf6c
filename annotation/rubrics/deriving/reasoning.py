"""Rules from what judges wrote down over many comparisons: what can be checked on any other response of the kind.

Source: Wang and Xiong 2025, "AutoRule: Reasoning Chain-of-thought Extracted Rule-based Rewards Improve Preference Learning",
arXiv:2506.15651.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.deriving.contrast import example_of, not_found
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    Deriver,
    DerivingView,
    DraftSource,
    ProposedCriterion,
    SaidWords,
    Subject,
)
from winnow.annotation.rubrics.deriving.examining import WithFault, examine
from winnow.annotation.rubrics.deriving.pages import fenced, page_of_prompt, question, told
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.quotes import stands_in
from winnow.schemas.judgments import Kind
from winnow.schemas.rubrics import Reach


@DERIVERS.register("reasoning", version=1)
class ReasoningDeriver(Deriver):
    """Take rules from the reasons that judges gave for their verdicts; of a comparison with a label, from those that it bears out."""

    subject: ClassVar[Subject] = "words"
    kinds: ClassVar[tuple[Kind, ...]] = ("llm",)

    reach: Reach = "domain"
    """What a rubric applies to: "prompt" writes one for each prompt, "domain" one for each domain, from all that is said of its
    prompts, and "all" a single one."""

    max_reasons: Annotated[int, Field(ge=1, le=32)] = 4
    """Reasons that are read of one comparison, at most."""

    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Show the prompt and the reasons; nothing is asked where no reason is borne out."""
        reasons = self._reasons(view)
        if replies or not reasons:
            return ()
        longest = self.max_criterion_chars
        system = told(
            "derive_reasoning", self.guidelines, max_criteria=self.max_criteria, max_chars=longest
        )
        pages = [page_of_prompt(view), *(fenced("judge", one.text) for one in reasons)]
        text = {"type": "string", "maxLength": longest}
        schema = lists_schema(["rules"], {"quote": text, "criterion": text}, self.max_criteria)
        longest_reply = self.max_criteria * (2 * longest + 32)
        return (question(system, "\n\n".join(pages), schema, longest_reply),)

    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read the rules; each has to quote a judge, and to name nothing of the prompt where it is for others as well."""
        if not replies:
            return Derived()
        lists = read_lists(replies[0].text, ["rules"])
        if lists is None:
            return None
        example = example_of(view, is_wide=self.reach != "prompt")
        return examine(_read(lists["rules"], self._reasons(view)), example, self.max_criteria)

    def _reasons(self, view: DerivingView) -> list[SaidWords]:
        label = "tie" if view.is_tie else view.better
        borne_out = (one for one in view.said if label is None or one.verdict == label)
        return [one for one in borne_out if one.text.strip()][: self.max_reasons]


def _read(entries: Sequence[Any], reasons: Sequence[SaidWords]) -> Iterator[WithFault]:
    for entry in entries:
        quote = text_in(entry, "quote")
        judge = next((one for one in reasons if stands_in(quote, one.text)), None)
        source = DraftSource(
            kind="judgment", subject_id=judge.judgment_id if judge else "-", quote=quote
        )
        yield WithFault(
            ProposedCriterion(
                text=text_in(entry, "criterion"), kind="principle", sources=(source,)
            ),
            None if judge else not_found(quote, "a judge"),
        )
