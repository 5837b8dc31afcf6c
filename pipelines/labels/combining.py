"""Ratings made into verdicts by the rules of the settings, as often as those change and without asking anyone again."""

from collections.abc import Sequence, Set
from logging import getLogger

import duckdb
import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.learned_weights import changed_winners
from winnow.annotation.aggregation.rules import Rule
from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.annotation.ratings import wholes
from winnow.pipelines.labels.learning import about, learn_from_gold
from winnow.pipelines.labels.ratings import AllRatings, read_ratings
from winnow.pipelines.labels.said import coded, read_said
from winnow.pipelines.labels.stated import probabilities_of_ratings
from winnow.pipelines.reading import Say, say_nothing
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Judgment, Verdict
from winnow.warehouse.staging import Staging

_LOG = getLogger(__name__)

_COMMON = 0.9
"""Share of the comparisons that must have both ratings on an attribute whose weight is to be learned."""

_HEARD = """
select {columns}
from judgments as j left join combined as v using (judgment_id) left join of_ratings as r using (judgment_id)
"""
_NONE = pa.Table.from_batches(
    [],
    pa.schema([("judgment_id", pa.string()), ("probability", pa.float64())]),
)
"""Made without arrays, for which Arrow would import pandas."""
_COMBINED = {
    "verdict": "coalesce(v.verdict, j.verdict) as verdict",
    "probability": "case when v.verdict is null then coalesce(j.probability, r.probability) end as probability",
    "strength": "case when v.verdict is null then j.strength end as strength",
}


def combine_ratings(
    staging: Staging, rules: Sequence[Rule], run_id: str, *, say: Say = say_nothing
) -> list[str]:
    """Make verdicts of the staged ratings; of several rules for one annotator, the first counts.

    Args:
        staging: Holds comparisons and judgments; gets combined verdicts.
        rules: The rules.
        run_id: The run.
        say: Takes a line about each rule whose weights were learned.

    Returns:
        judgment_id of what verdicts rest on beside the judgments that got them.

    Raises:
        InvalidSettings: A rule asks for an attribute that none of its annotators ever rated, or weights cannot be learned.
    """
    staging.write(CombinedVerdict, [])
    if not rules:
        return []
    ratings = read_ratings(staging)
    is_open = ratings.sides[:, 0] >= 0
    found = [CombinedVerdict.arrow_schema().empty_table()]
    used = np.zeros(len(ratings.judgment_id), bool)
    for i, rule in enumerate(rules):
        mine = is_open & ratings.by(rule.of)
        is_open &= ~mine
        if not mine.any():
            _LOG.warning("aggregate.combine[%d]: no annotator %r gave ratings", i, rule.of)
            continue
        others = _of_others(ratings, mine, rule, i)
        _check_rated(ratings.rated_in(mine | (others >= 0)), rule, i)
        verdicts, why = _verdicts(ratings, mine, others, rule, i, staging, say)
        ids = ratings.judgment_id.filter(pa.array(mine))
        columns = {"judgment_id": ids, "verdict": verdicts, "why": why}
        like = CombinedVerdict(run_id=run_id, judgment_id="-", verdict="tie", why="-")
        found.append(CombinedVerdict.from_columns(columns, like))
        used |= others >= 0
    staging.write(CombinedVerdict, pa.concat_tables(found).sort_by("judgment_id"))
    rested_on: list[str] = ratings.judgment_id.filter(pa.array(used)).to_pylist()
    return rested_on


def heard_whole(staging: Staging) -> pa.Table:
    """Do what `heard` does for all columns of the judgments table, none of them a dictionary."""
    schema = Judgment.arrow_schema()
    return heard(staging, schema.names).cast(schema)


def heard(staging: Staging, columns: Sequence[str]) -> pa.Table:
    """Read each annotator's last words on comparisons among the staged judgments, in any order; see `said.read_said`.

    Where ratings were combined, the verdict is the combined one, and what the annotator said of its own is left out.
    Else the distributions of ratings stand for a probability that was not given.

    Args:
        staging: Holds judgments and combined verdicts.
        columns: Columns of the judgments table to read.
    """
    combined = staging.read(CombinedVerdict, ("judgment_id", "verdict"))
    # What ratings say of a verdict's probability is worked out only where somebody reads it.
    of_ratings = probabilities_of_ratings(staging, combined) if "probability" in columns else _NONE
    if not combined.num_rows and not of_ratings.num_rows:
        return read_said(staging, columns)
    selected = ", ".join(_COMBINED.get(name, f'j."{name}"') for name in columns)
    with duckdb.connect() as con:
        con.register("judgments", read_said(staging, dict.fromkeys((*columns, "judgment_id"))))
        con.register("combined", combined)
        con.register("of_ratings", of_ratings)
        found = con.execute(_HEARD.format(columns=selected)).to_arrow_reader()
        return coded((pa.Table.from_batches([batch]) for batch in found), columns)


def _verdicts(
    ratings: AllRatings, mine: Bools, others: Ints, rule: Rule, i: int, staging: Staging, say: Say
) -> tuple[list[Verdict], list[str]]:
    """Return the verdict of a rule on each of some judgments, and why; learns its weights where they are to be learned."""
    if rule.weights != "learned":
        return rule.verdicts(*_scores(ratings, mine, others, rule))
    said = about(staging, ratings.judgment_id.filter(pa.array(mine)))
    rated = sorted(ratings.rated_in(mine | (others >= 0)))
    every = Rule(of=rule.of, also=rule.also, weights=dict.fromkeys(rated, 1.0))
    a, b = _scores(ratings, mine, others, every)
    share = dict(zip(rated, np.logical_not(np.isnan(a - b)).mean(axis=0), strict=True))
    # A part of a rating would count what its whole counts a second time.
    names = sorted(wholes({name for name in rated if share[name] >= _COMMON}))
    if not names:
        shares = ", ".join(f"{name} in {share[name]:.0%}" for name in rated) or "nothing"
        raise InvalidSettings(
            f"aggregate.combine[{i}].weights: nothing to learn them for is rated of both responses in {_COMMON:.0%} of the "
            f"comparisons; rated are {shares}; have all comparisons rated, or give weights as numbers"
        )
    difference = (a - b)[:, [rated.index(name) for name in names]]
    try:
        learned = learn_from_gold(difference, said, names)
    except InvalidSettings as error:
        raise InvalidSettings(f"aggregate.combine[{i}]: {error}") from None
    changed = changed_winners(difference, learned.weight)
    say(
        f"aggregate.combine[{i}]: {learned.words()}; with one weight changed by 10%, {changed:.1%} of the winners change"
    )
    fold = learned.of(said.prompts)
    verdicts: list[Verdict] = ["invalid"] * len(fold)
    why = [""] * len(fold)
    for k in np.unique(fold):
        fixed = rule.model_copy(update={"weights": learned.dict_of(int(k))})
        here = np.flatnonzero(fold == k)
        one, other = _scores(ratings, mine, others, fixed)
        for row, verdict, reason in zip(here, *fixed.verdicts(one[here], other[here]), strict=True):
            verdicts[row], why[row] = verdict, f"learned weights: {reason}"
    return verdicts, why


def _of_others(ratings: AllRatings, mine: Bools, rule: Rule, i: int) -> Ints:
    """Find what the rule's further annotators said of responses that it compares.

    Returns:
        Place of the first pattern that each judgment fits, -1 where it fits none or is of other responses; shape (n_judgments,).
    """
    pattern_of = np.full(len(mine), -1)
    for place, pattern in enumerate(rule.also):
        fits = ratings.by(pattern)
        if not fits.any():
            _LOG.warning("aggregate.combine[%d].also: no annotator %r gave ratings", i, pattern)
        pattern_of[fits & (pattern_of < 0)] = place
    compared = np.isin(ratings.response, ratings.sides[mine])
    is_about = np.zeros(len(mine), bool)
    is_about[ratings.judgment[compared]] = True
    return np.where(is_about, pattern_of, -1)


def _scores(ratings: AllRatings, mine: Bools, others: Ints, rule: Rule) -> tuple[Floats, Floats]:
    """Return the ratings of both sides; shape (n_mine, n_attributes) each, NaN where there is none."""
    attribute = np.array([ratings.attributes.index(name) for name in rule.attributes], np.int64)
    column_of = np.full(len(ratings.attributes), -1)
    column_of[attribute] = np.arange(len(attribute))
    row_of = np.cumsum(mine) - 1
    own = ratings.part_of(mine) & (column_of[ratings.attribute] >= 0)
    row, column = row_of[ratings.judgment[own]], column_of[ratings.attribute[own]]
    # Of two responses, both ratings on an attribute are from one source.
    is_rated = np.zeros((int(mine.sum()), len(attribute)), bool)
    is_rated[row, column] = True
    keys, means = _means(ratings, others)
    sides = []
    for side in ratings.sides[mine].T:
        wanted = ratings.keys(side[:, None], attribute[None, :])
        place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        found = keys[place] == wanted if len(keys) else np.zeros(wanted.shape, bool)
        scores = np.where(found & ~is_rated, means[place] if len(keys) else np.nan, np.nan)
        is_side = ratings.response[own] == side[row]
        scores[row[is_side], column[is_side]] = ratings.score[own][is_side]
        sides.append(scores)
    return sides[0], sides[1]


def _means(ratings: AllRatings, others: Ints) -> tuple[Ints, Floats]:
    """Return what others rated, ascending, with the mean of their ratings."""
    theirs = ratings.part_of(others >= 0)
    judgment = ratings.judgment[theirs]
    keys = ratings.keys(ratings.response[theirs], ratings.attribute[theirs])
    # The order in which numbers are added up decides the last bit of a mean.
    order = np.lexsort((judgment, others[judgment], keys))
    keys, scores = keys[order], ratings.score[theirs][order]
    if not len(keys):
        return keys, scores
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    counts = np.diff(np.append(starts, len(keys)))
    means = np.empty(len(starts))
    # Each row is added up as its numbers are by themselves, which `reduceat` does otherwise: a gate may be that close.
    for n in np.unique(counts):
        rows = np.flatnonzero(counts == n)
        means[rows] = scores[starts[rows, None] + np.arange(n)].mean(axis=1)
    return keys[starts], means


def _check_rated(known: Set[str], rule: Rule, i: int) -> None:
    for name in rule.attributes:
        if name not in known:
            who = " or ".join(map(repr, (rule.of, *rule.also)))
            raise InvalidSettings(
                f"aggregate.combine[{i}]: {name!r} was never rated by {who}; "
                f"rated were {', '.join(sorted(known))}",
                attribute=name,
            )
