"""Whether each response meets each criterion, and where one sees it."""

from collections.abc import Mapping
from typing import Any

from winnow.annotation.queues.display import as_plain, response_text
from winnow.annotation.queues.forms import (
    Card,
    Form,
    FormQuestion,
    choice,
    markdown,
    marks,
    plain,
    words,
)
from winnow.annotation.queues.tasks.base import (
    TASKS,
    ReadAnswers,
    View,
    guidelines,
    make_card,
    shuffled,
)
from winnow.annotation.queues.tasks.criteria import CriteriaSettings
from winnow.annotation.queues.tasks.pairs import read_pair, two_responses, verdict_of
from winnow.schemas.answers import Answer
from winnow.schemas.judgments import CriterionVerdict

VERDICTS = {"yes": "Yes", "no": "No", "not_applicable": "Not applicable"}


@TASKS.register("checklist", version=1)
class Checklist(CriteriaSettings):
    """Ask of each criterion whether each response meets it, and let people mark the evidence.

    The page has a fixed number of places. On the Argilla that Winnow starts, each criterion of an item is wanted, and no
    other place is shown; elsewhere an item with fewer criteria leaves the others blank. The verdict is the
    response that meets the larger share of the criteria that apply to it; equal shares are a tie.
    """

    def form(self) -> Form:
        """Return two choices and two colours to mark with for each criterion."""
        numbers = range(1, self.n_criteria + 1)
        labels = {f"criterion_{n}": f"Criterion {n}" for n in numbers}
        questions = [self._question(n, place) for n in numbers for place in (1, 2)]
        evidence = [
            marks(f"response_{place}", f"Evidence in response {place}", labels) for place in (1, 2)
        ]
        return Form(
            fields=two_responses(plain, markdown("criteria", "Criteria")),
            questions=[*questions, *evidence, words("why", "Anything worth noting?")],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the criteria as a numbered list, and the responses as plain text that can be marked."""
        responses = shuffled(view, item_id, seed)
        texts = {f"response_{n}": as_plain(response_text(r)) for n, r in enumerate(responses, 1)}
        fields = {"criteria": self.numbered(view), **texts}
        return make_card(self, view, item_id, round_, responses, fields=fields)

    def read(self, answer: Answer) -> ReadAnswers:
        """Return one judgment with all criterion verdicts; a criterion left blank is "invalid"."""
        criterion_ids = answer.shown.criterion_ids
        return read_pair(answer, lambda said, ids: _say(said, ids, criterion_ids))

    def _question(self, n: int, place: int) -> FormQuestion:
        title = f"Does response {place} meet criterion {n}?"
        return choice(f"criterion_{n}_{place}", title, VERDICTS, is_required=n == 1)


def _say(
    said: Mapping[str, Any], ids: tuple[str, ...], criterion_ids: tuple[str, ...]
) -> dict[str, Any]:
    verdicts = tuple(
        CriterionVerdict(
            response_id=response_id,
            criterion_id=criterion_id,
            verdict=said.get(f"criterion_{n}_{place}", "invalid"),
            evidence=_evidence(said, n, place),
        )
        for place, response_id in enumerate(ids, 1)
        for n, criterion_id in enumerate(criterion_ids, 1)
    )
    a, b = sorted(ids)
    lean = _share_met(verdicts, b) - _share_met(verdicts, a)
    return {"verdict": verdict_of(lean), "criteria": verdicts}


def _evidence(said: Mapping[str, Any], n: int, place: int) -> str | None:
    marked = said.get(f"marks_in_response_{place}", ())
    texts = [mark["text"] for mark in marked if mark["label"] == f"criterion_{n}"]
    return "\n".join(texts) or None


def _share_met(verdicts: tuple[CriterionVerdict, ...], response_id: str) -> float:
    applying = [
        v.verdict == "yes"
        for v in verdicts
        if v.response_id == response_id and v.verdict in ("yes", "no")
    ]
    return sum(applying) / len(applying) if applying else 0.0
