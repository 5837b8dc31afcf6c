"""Several readings of one subject made one: what most say, and how far they are apart."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

from winnow.annotation.judge import Reading, SubjectView
from winnow.annotation.judges.numbers import mixed
from winnow.schemas.judgments import CriterionVerdict, Rating, ScoreShare, Verdict
from winnow.schemas.plurals import counted
from winnow.schemas.step_spans import REFERENCE_STEP

Said = Sequence[Reading]
"""All that one voice says of a subject."""

_Rated = Mapping[tuple[str, str], Sequence[Rating]]
"""Ratings by response_id and attribute."""

_SIGN: Mapping[Verdict | None, int] = {"a": -1, "tie": 0, "b": 1}
_NAMED = "ab"


def combine(
    view: SubjectView, voices: Sequence[Said], voice: str, *, are_alike: bool = False
) -> list[Reading]:
    """Make one reading of a subject, or one of each two responses of it, from those of several voices that count alike; of a
    response that is judged step by step one of each step as well.

    The verdict is that of most; where several verdicts lead with as many voices each, it is a tie, and the rationale says so.
    The probability is the mean of those that the voices state, where each states one, else the share of the voices for b, with half of
    those for a tie. Ratings are means, with the
    distribution of what was said. What could not be read takes no part and is counted in the rationale; where nothing could be
    read, the reading is invalid. Of voices that are alike, what only half of them rated, or fewer, is not rated: a response is not both
    wrong and without an answer since one draw in five found none. Where no rating is left of a response that was rated, the reading is
    invalid.

    Source: Wang et al. 2022, "Self-Consistency Improves Chain of Thought Reasoning in Language Models", arXiv:2203.11171.

    Args:
        view: The subject.
        voices: What each says, at least one.
        voice: What a voice is called, such as "draw".
        are_alike: Whether any of them might have said what any other did, as draws of one judge might.
    """
    parts = parts_of(view)
    found = [_one(view, [about(said, of) for said in voices], voice, are_alike) for of in parts]
    whole = [one.model_copy(update={"of": of}) for one, of in zip(found, parts, strict=True)]
    return [*whole, *(_step(view, voices, step.index, voice, are_alike) for step in view.steps)]


def _step(
    view: SubjectView, voices: Sequence[Said], step: int, voice: str, are_alike: bool
) -> Reading:
    """Make one reading of a step."""
    of_step = ([one for one in said if one.step == step] for said in voices)
    lost = Reading(verdict="invalid", rationale="")
    found = [said[0] if said else lost for said in of_step]
    return _one(view, found, voice, are_alike).model_copy(update={"step": step})


def parts_of(view: SubjectView) -> list[tuple[str, str] | None]:
    """List what readings of a subject are about: of a group each two responses, else None, the subject itself."""
    if view.kind != "comparison" or len(view.responses) == 2:
        return [None]
    return [(a.response_id, b.response_id) for a, b in view.pairs()]


def about(said: Said, of: tuple[str, str] | None) -> Reading:
    """Find what a voice says of two responses, or of the subject itself; invalid where it says nothing of them."""
    found = {one.of: one for one in said if one.step is None}
    return found.get(of) or found.get(None) or Reading(verdict="invalid", rationale="")


def _one(view: SubjectView, found: Said, voice: str, are_alike: bool) -> Reading:
    readable = [one for one in found if one.verdict != "invalid"]
    n_lost = len(found) - len(readable)
    if not readable:
        told = f"none of {counted(len(found), voice)} could be read\n{found[-1].rationale}"
        return Reading(verdict="invalid", rationale=told)
    votes = Counter(one.verdict for one in readable if one.verdict is not None)
    verdict, words = _most(votes, voice)
    lost = f"{counted(n_lost, voice)} could not be read and took no part" if n_lost else ""
    rated = _by_rated(readable)
    stands = {
        key: ratings for key, ratings in rated.items() if not are_alike or 2 * len(ratings) > len(readable)
    }  # fmt: skip
    ratings = _ratings(stands)
    spread = _spread(view, stands)
    agreeing = _agreeing(readable, verdict, ratings)
    told = "; ".join(filter(None, [words or counted(len(readable), voice), lost, spread]))
    if agreeing is None:
        names = ", ".join(f"{len(ratings)} {name}" for (_, name), ratings in rated.items())
        told = f"{told}; what most rate is nothing: {names}"
        return Reading(
            verdict="invalid",
            rationale=f"{told}\n{readable[-1].rationale}",
            criteria=_criteria(readable),
        )
    return Reading(
        verdict=verdict,
        rationale=f"{told}\n{agreeing.rationale}",
        strength=_strength(readable, verdict),
        probability=_probability(readable, votes),
        ratings=ratings,
        ranking=_ranking(readable),
        criteria=_criteria(readable),
    )


def _agreeing(readable: Said, verdict: Verdict | None, ratings: Sequence[Rating]) -> Reading | None:
    """Find the first that says what all of them come to: the verdict, or else what is rated, nearest to the ratings; None where
    voices rate, but most of them not the same.
    """
    if verdict is not None:
        return next((one for one in readable if one.verdict == verdict), readable[0])
    mean = {(one.response_id, one.attribute): one.score for one in ratings}
    said = [{key: found[0].score for key, found in _by_rated([one]).items()} for one in readable]
    n_silent = said.count({})
    if not mean and n_silent < len(said) and 2 * n_silent <= len(said):
        return None

    def distance(i: int) -> tuple[int, float]:
        shared = mean.keys() & said[i].keys()
        return len(mean.keys() ^ said[i].keys()), sum(abs(mean[k] - said[i][k]) for k in shared)

    return readable[min(range(len(said)), key=distance)]


def _probability(readable: Said, votes: Counter[Verdict]) -> float | None:
    """Return the mean of the probabilities that all state, else the share of the votes; None of no votes."""
    stated = [one.probability for one in readable if one.probability is not None]
    if not votes:
        return None
    if len(stated) == len(readable):
        return fmean(stated)
    return (votes["b"] + votes["tie"] / 2) / votes.total()


def majority(votes: Mapping[Verdict, int]) -> Verdict:
    """Return the verdict of most, "tie" where several lead with as many voices each; "invalid" of no votes."""
    leading = _leading(votes)
    if not leading:
        return "invalid"
    return leading[0] if len(leading) == 1 else "tie"


def _leading(votes: Mapping[Verdict, int]) -> list[Verdict]:
    lead = max(votes.values(), default=0)
    return sorted(verdict for verdict, n in votes.items() if n == lead)


def _most(votes: Mapping[Verdict, int], voice: str) -> tuple[Verdict | None, str]:
    """Return what most say, and the votes in words."""
    if not votes:
        return None, ""
    leading = _leading(votes)
    told = ", ".join(f"{votes[v]} for {v}" for v in sorted(votes))
    words = f"{counted(sum(votes.values()), voice)}: {told}"
    if len(leading) == 1:
        return leading[0], words
    return majority(votes), f"{words}; {' and '.join(leading)} lead alike, which is a tie"


def _strength(readable: Said, verdict: Verdict | None) -> int | None:
    """Return the mean strength; None where one is missing, or where it is not for the verdict."""
    strengths = [one.strength for one in readable if one.strength is not None]
    if len(strengths) < len(readable):
        return None
    mean = round(fmean(strengths))
    sign = (mean > 0) - (mean < 0)
    return mean if sign == _SIGN.get(verdict) else None


def _by_rated(readable: Said) -> dict[tuple[str, str], list[Rating]]:
    found: dict[tuple[str, str], list[Rating]] = defaultdict(list)
    for one in readable:
        for rating in one.ratings:
            if rating.attribute == REFERENCE_STEP:  # a name, of which there is no mean
                continue
            found[rating.response_id, rating.attribute].append(rating)
    return found


def _ratings(rated: _Rated) -> tuple[Rating, ...]:
    made = []
    for (response_id, attribute), ratings in rated.items():
        shares = mixed([_distribution(rating) for rating in ratings])
        made.append(
            Rating(
                response_id=response_id,
                attribute=attribute,
                score=fmean(rating.score for rating in ratings),
                expected=sum(score * share for score, share in shares.items()),
                distribution=tuple(ScoreShare(score=s, share=p) for s, p in shares.items()),
            )
        )
    return tuple(made)


def _distribution(rating: Rating) -> Mapping[float, float]:
    if rating.distribution is None:
        return {rating.score: 1.0}
    return {one.score: one.share for one in rating.distribution}


def _spread(view: SubjectView, rated: _Rated) -> str:
    """Say how far the ratings of each response are apart; nothing where nobody rates."""
    ids = [response.response_id for response in view.responses]
    told = []
    for (response_id, attribute), ratings in rated.items():
        name = f"{_NAMED[ids.index(response_id)]} " if len(ids) == len(_NAMED) else ""
        told.append(f"{name}{attribute} {pstdev(rating.score for rating in ratings):.2f}")
    return f"standard deviation of ratings: {', '.join(told)}" if told else ""


def _ranking(readable: Said) -> tuple[str, ...] | None:
    """Put responses in the order of their mean places, those with equal means in the order of their ids."""
    rankings = [one.ranking for one in readable if one.ranking is not None]
    if not rankings:
        return None
    return tuple(sorted(rankings[0], key=lambda i: (fmean(r.index(i) for r in rankings), i)))


def _criteria(readable: Said) -> tuple[CriterionVerdict, ...]:
    """Say of each criterion what most say; what leads alike is invalid."""
    found: dict[tuple[str, str], list[CriterionVerdict]] = defaultdict(list)
    for one in readable:
        for said in one.criteria:
            found[said.response_id, said.criterion_id].append(said)
    made = []
    for said_of_it in found.values():
        (first, n), *others = Counter(s.verdict for s in said_of_it).most_common(2)
        like = next(s for s in said_of_it if s.verdict == first)
        if others and others[0][1] == n:
            like = like.model_copy(update={"verdict": "invalid", "evidence": None})
        made.append(like)
    return tuple(made)
