"""Groups of responses taken apart into pairs, which is what annotators of pairs judge and what gets a label."""

from collections.abc import Iterator
from itertools import combinations

from winnow.annotation.ranks import ranked_pairs, ranks_of
from winnow.pipelines.tally import Tally
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_words
from winnow.warehouse.staging import Staging

_PART = "ungrouped"


def ungroup(staging: Staging) -> list[Comparison]:
    """Stage every two responses of each staged group as a comparison, unless they are one already.

    Args:
        staging: Holds comparisons; gets those of two that groups of more consist of.

    Returns:
        The groups, ordered by comparison_id.
    """
    # What an earlier attempt of this stage took apart did not come ready.
    staging.discard(Comparison, _PART)
    comparisons = Comparison.from_table(staging.read(Comparison))
    known = {c.comparison_id for c in comparisons}
    groups = sorted(
        (c for c in comparisons if len(c.response_ids) > 2), key=lambda c: c.comparison_id
    )
    pairs = {pair.comparison_id: pair for group in groups for pair in pairs_of(group)}
    staging.write(Comparison, [pairs[i] for i in sorted(pairs.keys() - known)], part=_PART)
    return groups


def pairs_of(group: Comparison) -> Iterator[Comparison]:
    """Yield the comparisons of two that a group consists of."""
    for ids in combinations(group.response_ids, 2):
        yield Comparison(prompt_id=group.prompt_id, response_ids=ids, strategy=group.strategy)


def read_rankings(staging: Staging, groups: list[Comparison], tally: Tally) -> list[Judgment]:
    """Return what the staged rankings of groups say of each two responses; the rankings themselves stay.

    A judgment of a group without a ranking of all its responses decides none of its pairs: `no_ranking`, a reject of the
    tally.
    """
    by_id = {group.comparison_id: group for group in groups}
    found: list[Judgment] = []
    for judgment in Judgment.from_table(last_words(staging.read(Judgment))) if groups else []:
        if group := by_id.get(judgment.subject_id):
            if sorted(judgment.ranking or ()) != list(group.response_ids):
                tally.reject("judgment", judgment.judgment_id, "no_ranking")
            else:
                found += _of_pairs(judgment, group)
    return found


def _of_pairs(judgment: Judgment, group: Comparison) -> Iterator[Judgment]:
    """Give what a ranking says of each two, with the ratings that the two got."""
    rank = ranks_of(judgment.ranking or (), judgment.ranks)
    said = judgment.model_dump(exclude={"judgment_id", "strength", "probability", "supersedes"})
    for one in ranked_pairs(group.prompt_id, group.response_ids, rank):
        pair_id, ids = one.comparison.comparison_id, one.comparison.response_ids
        about = {"comparison_id": pair_id, "subject_id": pair_id, "verdict": one.verdict}
        ratings = [r for r in judgment.ratings if r.response_id in ids]
        yield Judgment.model_validate(
            {**said, **about, "order": None, "ratings": ratings, "criteria": ()}
        )
