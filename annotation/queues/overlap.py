"""How many people judge a comparison: two as a rule, a third where they differ, a senior where three do.

Argilla knows one overlap for a whole data set and lets anyone in its workspace answer. So each further opinion is an
item of a queue of its own, in a workspace that only the person asked can see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from winnow.schemas.answers import Answer
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Verdict

State = Literal["open", "settled", "divided", "deadlocked"]


@dataclass(frozen=True)
class Opinion:
    """What one person finally said of one comparison."""

    comparison_id: str
    """The comparison."""

    annotator_id: str
    """Who said it."""

    verdict: Verdict
    """What was said; "invalid" for a discarded item, which counts as not said."""

    round: int = 1
    """1 for the shared queue, 2 for a third person, 3 for a senior's adjudication."""


@dataclass(frozen=True)
class Request:
    """One more opinion to ask for."""

    comparison_id: str
    """The comparison."""

    annotator_id: str
    """Whom to ask."""

    round: Literal[2, 3]
    """2 for a third person, 3 for a senior's adjudication."""


@dataclass(frozen=True)
class Staff:
    """Who may be asked."""

    people: Sequence[str]
    """Annotators."""

    seniors: Sequence[str] = ()
    """People whose verdict settles what three others could not; they may be annotators too."""


def state_of(opinions: Sequence[Opinion], *, n_people: int = 2) -> State:
    """Say how far the opinions of one comparison have come.

    Args:
        opinions: At most one for each person.
        n_people: Opinions asked for at first.

    Returns:
        "open" while first opinions are missing; "settled" where more than half say the same, or a senior has spoken;
        "divided" where the first opinions have no majority, so that one more may decide; "deadlocked" where one
        more did not.
    """
    said = [o for o in opinions if o.verdict != "invalid"]
    if len(said) < n_people:
        return "open"
    if verdict_of(opinions) is not None:
        return "settled"
    return "divided" if len(said) == n_people else "deadlocked"


def verdict_of(opinions: Sequence[Opinion]) -> Verdict | None:
    """Return what the opinions of one comparison come to: a senior's verdict, else that of more than half, else None."""
    said = [o for o in opinions if o.verdict != "invalid"]
    seniors = [o.verdict for o in said if o.round == 3]
    if seniors:
        return seniors[-1]
    counts = Counter(o.verdict for o in said)
    verdict, n = max(counts.items(), key=lambda pair: pair[1], default=("invalid", 0))
    return verdict if n * 2 > len(said) else None


def next_requests(
    opinions: Iterable[Opinion],
    staff: Staff,
    *,
    asked: Iterable[Request] = (),
    n_left: int | None = None,
    n_people: int = 2,
    seed: int = 0,
) -> list[Request]:
    """Say whose opinion to ask for next, on which comparisons.

    A third opinion comes from someone who has not judged the comparison, the one with the fewest requests so far. A
    senior decides where three did not. Nobody is asked twice, and never more is asked for than the budget has left. What
    was asked of someone who is no longer there and never answered is asked of another.

    Args:
        opinions: All opinions so far, the latest of each person on each comparison.
        staff: Who may be asked.
        asked: Requests made before, answered or not.
        n_left: Answers the budget has left, those already asked for taken off; None for no limit.
        n_people: Opinions asked for at first.
        seed: Seed of the order in which a short budget is spent.
    """
    before = list(asked)
    grouped = _by_comparison(opinions)
    pending = _pending(before, grouped, staff)
    load = Counter({name: 0 for name in (*staff.people, *staff.seniors)})
    load.update(r.annotator_id for r in before)
    found: list[Request] = []
    for comparison_id, said in _in_random_order(grouped, seed):
        if n_left is not None and len(found) >= n_left:
            break
        request = _request(comparison_id, said, staff, load, n_people)
        if request and (comparison_id, request.round) not in pending:
            found.append(request)
            load[request.annotator_id] += 1
    return found


def n_unasked(
    opinions: Iterable[Opinion], staff: Staff, *, asked: Iterable[Request], n_people: int = 2
) -> tuple[int, int]:
    """Count the comparisons of which nobody is asked that wait for a third opinion, and for a senior's decision.

    Takes what `next_requests` takes, what that has found being among `asked`.
    """
    grouped = _by_comparison(opinions)
    pending = _pending(asked, grouped, staff)
    states = {i: state_of(said, n_people=n_people) for i, said in grouped.items()}
    n_thirds = sum(state == "divided" and (i, 2) not in pending for i, state in states.items())
    n_seniors = sum(state == "deadlocked" and (i, 3) not in pending for i, state in states.items())
    return n_thirds, n_seniors


def n_answers_left(
    n_answers: int | None, *, n_first_round: int, n_people: int, n_asked: int, n_beyond: int = 0
) -> int | None:
    """Return how many answers a budget has left once everything asked for is answered; None for no limit.

    Args:
        n_answers: The budget.
        n_first_round: Items of the shared queue.
        n_people: Answers that each of them is to have.
        n_asked: Further opinions asked for.
        n_beyond: Answers that items of the shared queue have beyond those, as `beyond` counts them.
    """
    if n_answers is None:
        return None
    return max(0, n_answers - n_first_round * n_people - n_asked - n_beyond)


def beyond(answers: Iterable[Answer], n_people: int) -> int:
    """Count the answers of the shared queue beyond those that each of its items is to have.

    Whoever has an item open when another completes it may still submit: the answer is kept, and counts.
    """
    last = {
        (a.item_id, a.annotator_id): a.status
        for a in sorted(answers, key=lambda answer: answer.created_at)
        if a.shown.round == 1
    }
    n_each = Counter(item for (item, _), status in last.items() if status == "submitted")
    return sum(max(0, n - n_people) for n in n_each.values())


def _request(
    comparison_id: str,
    said: Sequence[Opinion],
    staff: Staff,
    load: Mapping[str, int],
    n_people: int,
) -> Request | None:
    spoke = {o.annotator_id for o in said}
    match state_of(said, n_people=n_people):
        case "divided":
            free = [name for name in staff.people if name not in spoke]
            return Request(comparison_id, _least_asked(free, load), 2) if free else None
        case "deadlocked":
            free = [name for name in staff.seniors if name not in spoke]
            return Request(comparison_id, _least_asked(free, load), 3) if free else None
    return None


def _pending(
    asked: Iterable[Request], grouped: Mapping[str, Sequence[Opinion]], staff: Staff
) -> set[tuple[str, int]]:
    """Return what is asked for already, by comparison and round."""
    there = {*staff.people, *staff.seniors}
    spoke = {(o.comparison_id, o.annotator_id) for said in grouped.values() for o in said}
    return {
        (r.comparison_id, r.round)
        for r in asked
        if not _declined(r, grouped)
        and (r.annotator_id in there or (r.comparison_id, r.annotator_id) in spoke)
    }


def _declined(request: Request, grouped: Mapping[str, Sequence[Opinion]]) -> bool:
    said = grouped.get(request.comparison_id, ())
    return any(o.annotator_id == request.annotator_id and o.verdict == "invalid" for o in said)


def _least_asked(names: Sequence[str], load: Mapping[str, int]) -> str:
    return min(names, key=lambda name: (load[name], name))


def _by_comparison(opinions: Iterable[Opinion]) -> dict[str, list[Opinion]]:
    grouped: dict[str, list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        grouped[opinion.comparison_id].append(opinion)
    return grouped


def _in_random_order(
    grouped: Mapping[str, list[Opinion]], seed: int
) -> list[tuple[str, list[Opinion]]]:
    return sorted(grouped.items(), key=lambda pair: content_id([seed, "round", pair[0]]))
