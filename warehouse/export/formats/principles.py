"""Whether responses fulfil principles, as HelpSteer3 and RLBFF have it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from winnow.warehouse.export.chat import turn_feature, words_by_role
from winnow.warehouse.export.layout import (
    FORMATS,
    Content,
    Layout,
    PreferenceText,
    Rows,
    VerdictText,
)
from winnow.warehouse.export.verdicts import JudgedResponse, judged_responses

if TYPE_CHECKING:
    from datasets import Features

_FULFILMENT = {"yes": "Yes", "no": "No"}


@FORMATS.register("principles", version=1)
class PrinciplesLayout(Layout):
    """One row for each response and principle: fulfilled or not, where all annotators that could tell agree.

    What nobody said of a response is unknown, and no row. Scores under two principles are not on one scale: pairs are made under one
    principle alone.
    """

    @property
    def unit(self) -> str:
        """What one row is."""
        return "principles"

    @property
    def verdicts(self) -> bool:
        """It is made of verdicts on criteria."""
        return True

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "What trains reward models that follow principles: response, principle and fulfilment, as in HelpSteer3 and RLBFF."

    def features(self, content: Content) -> "Features":
        """List the columns."""
        from datasets import Features, List, Value

        string = Value("string")
        words = {name: string for name in ("response", "principle", "fulfilment")}
        trace = {name: string for name in ("response_id", "criterion_id", "prompt_id")}
        lists = {name: List(string) for name in ("evidence", "annotator_ids", "judgment_ids")}
        return Features({"context": List(turn_feature())} | words | lists | trace)

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield one row a response and principle, or why there is none."""
        rows, left_out = [], []
        for one in judged_responses(group):
            by_criterion: dict[str, list[VerdictText]] = defaultdict(list)
            for verdict in one.verdicts:
                by_criterion[verdict["criterion_id"]].append(verdict)
            for said in by_criterion.values():
                told = [verdict for verdict in said if verdict["verdict"] in _FULFILMENT]
                if reason := _why_not(one, told):
                    left_out.append(reason)
                else:
                    rows.append(_row(one, told, group[0]["prompt_id"]))
        return Rows(rows, left_out)


def _why_not(one: JudgedResponse, told: Sequence[VerdictText]) -> str | None:
    if one.why_not:
        return one.why_not
    if len(one.said) > 1:
        return "several_turns"
    if not told:
        return "no_verdict"
    return "annotators_disagree" if len({verdict["verdict"] for verdict in told}) > 1 else None


def _row(one: JudgedResponse, told: Sequence[VerdictText], prompt_id: str) -> dict[str, Any]:
    first = told[0]
    return {
        "context": words_by_role(one.asked),
        "response": one.said[-1].text(),
        "principle": first["criterion"],
        "fulfilment": _FULFILMENT[first["verdict"]],
        "evidence": [verdict["evidence"] for verdict in told if verdict["evidence"]],
        "annotator_ids": [verdict["annotator_id"] for verdict in told],
        "judgment_ids": [verdict["judgment_id"] for verdict in told],
        "response_id": first["response_id"],
        "criterion_id": first["criterion_id"],
        "prompt_id": prompt_id,
    }
