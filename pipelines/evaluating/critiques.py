"""Critiques of judges held against those of people: a model names the arguments of each, and which of them say the same."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from winnow.annotation.evaluation.critiqued import MatchedCritique
from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.critiques import (
    ask_for_arguments,
    ask_for_matches,
    match_critiques,
    read_arguments,
    read_matches,
)
from winnow.pipelines.asking.complete import Complete
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Sampling
from winnow.pipelines.labels.following import BY_ITSELF
from winnow.schemas.judgments import Judgment, Order
from winnow.schemas.last_word import last_judgments
from winnow.schemas.rejects import Reject


class WrittenCritique(NamedTuple):
    """What somebody wrote to a right verdict."""

    item_id: str
    """The comparison."""

    annotator: str
    """Who wrote it."""

    is_person: bool
    """Whether that is a person."""

    order: Order | None
    """Which response was shown first; None where that is not known."""

    text: str
    """The words."""


class ComparedCritiques(NamedTuple):
    """Critiques of judges beside those of people."""

    matched: list[MatchedCritique]
    """Of each critique of a judge the best match."""

    n_without: int
    """Critiques of people that name no argument, so that nothing can be held against them."""

    rejects: list[Reject]
    """Questions that got no answer, or one that cannot be read; what they ask about is left out."""


def right_critiques(
    judgments: Iterable[Judgment], gold: Mapping[str, str]
) -> list[WrittenCritique]:
    """Take what was written to right verdicts, on comparisons to which both a judge and a person wrote something.

    Judges are models that were asked; what verifiers note is no critique, nor is a verdict that follows from ratings.

    Args:
        judgments: Judgments of comparisons; what was changed or put aside is left out.
        gold: The verdict known to be right, by comparison.
    """
    found: dict[str, list[WrittenCritique]] = defaultdict(list)
    for one in last_judgments(judgments):
        is_right = one.verdict in ("a", "b") and gold.get(one.subject_id) == one.verdict
        is_critique = one.kind in ("llm", "human") and one.rationale.strip() not in ("", BY_ITSELF)
        if is_right and is_critique and not one.is_discarded:
            found[one.subject_id].append(
                WrittenCritique(
                    one.subject_id,
                    one.annotator_id,
                    one.kind == "human",
                    one.order,
                    one.rationale.strip(),
                )
            )
    both = (said for _, said in sorted(found.items()) if len({c.is_person for c in said}) > 1)
    return sorted({one for said in both for one in said}, key=lambda one: (*one[:3], one.text))


def compare_critiques(
    critiques: Sequence[WrittenCritique], *, model: ModelRef, complete: Complete
) -> ComparedCritiques:
    """Hold each critique of a judge against those of people on the same comparison.

    A person's is compared only where it names an argument; of several people's, the one that the judge's is most like counts.

    Args:
        critiques: From `right_critiques`.
        model: Names the arguments, and says which are the same.
        complete: Has requests answered.
    """
    rejects: list[Reject] = []
    asked = [ask_for_arguments(one.text, one.order) for one in critiques]
    replies = _replies(asked, model, complete, "critiques: arguments")
    arguments: dict[WrittenCritique, list[str]] = {}
    for one, reply in zip(critiques, replies, strict=True):
        named = None if isinstance(reply, Reject) else read_arguments(one.text, reply)
        if named is None:
            rejects.append(_reject(f"{one.item_id} {one.annotator}", reply))
        else:
            arguments[one] = named
    people: dict[str, list[WrittenCritique]] = defaultdict(list)
    for one in arguments:
        if one.is_person and arguments[one]:
            people[one.item_id].append(one)
    n_without = sum(one.is_person and not named for one, named in arguments.items())
    pairs = [(c, p) for c in arguments if not c.is_person for p in people[c.item_id]]
    open_pairs = [pair for pair in pairs if arguments[pair[0]]]
    replies = _replies(
        [ask_for_matches(arguments[c], arguments[p]) for c, p in open_pairs],
        model,
        complete,
        "critiques: matches",
    )
    said = dict(zip(open_pairs, replies, strict=True))
    best: dict[WrittenCritique, MatchedCritique] = {}
    for critique, person in pairs:
        n, n_person = len(arguments[critique]), len(arguments[person])
        reply = said.get((critique, person), Reply(text='{"same": []}'))
        same = None if isinstance(reply, Reject) else read_matches(n, n_person, reply)
        if same is None:
            who = f"{critique.item_id} {critique.annotator} {person.annotator}"
            rejects.append(_reject(who, reply))
            continue
        match = match_critiques(same)
        if match and (critique not in best or match.f1 > best[critique].f1):
            best[critique] = MatchedCritique(
                critique.annotator, critique.item_id, match.precision, match.recall, match.f1
            )
    return ComparedCritiques(list(best.values()), n_without, rejects)


def _replies(
    questions: Sequence[Question], model: ModelRef, complete: Complete, asking: str
) -> list[Reply | Reject]:
    """Ask, and return what came of each question: a reply, or why there is none."""
    if not questions:
        return []
    requests = [_request(question, model) for question in questions]
    results = complete(requests, model=model, asking=f"{asking}, {model.name}").results
    found: list[Reply | Reject] = []
    for request in requests:
        result = results[request.request_id]
        if isinstance(result, Completion):
            found.append(Reply(text=result.parted(request.messages).answer))
        else:
            found.append(_rejected("-", result.reason, result.detail))
    return found


def _request(question: Question, model: ModelRef) -> ChatRequest:
    return model.ask(
        messages=question.messages,
        json_schema=question.json_schema,
        sampling=Sampling(temperature=0, max_tokens=question.max_tokens),
    )


def _reject(record_id: str, reply: Reply | Reject) -> Reject:
    if isinstance(reply, Reject):
        return reply.model_copy(update={"record_id": record_id})
    return _rejected(record_id, "unreadable", reply.text[:200])


def _rejected(record_id: str, reason: str, detail: str) -> Reject:
    return Reject(
        run_id="evaluate", stage="critiques", record="judgment", record_id=record_id,
        reason=reason, detail=detail,
    )  # fmt: skip
