"""What a release remembers of its annotators: alpha by kind, and how each person did."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.quality.agreement import (
    LEVELS,
    alpha_of_verdicts,
    long_forms,
    measure_tables,
    single_verdicts,
)
from winnow.schemas.agreement import (
    AgreementFigures,
    AlphaFigures,
    Among,
    HitCount,
    PairFigures,
    PersonFigures,
    Seconds,
    Week,
)

_KINDS: dict[Among, tuple[str, ...]] = {
    "people": ("human",),
    "judges": ("llm", "reward_model"),
    "all": ("human", "llm", "reward_model", "verifier"),
}
_MOST_PEOPLE = 50


def agreement_figures(judgments: pa.Table, gold: pa.Table) -> AgreementFigures:
    """Measure the annotators of a release.

    Args:
        judgments: All its judgments, rows of the judgments table.
        gold: Known verdicts: item_id, verdict.
    """
    singles, of_people = [], []
    for some in long_forms(judgments):
        singles.append(single_verdicts(some))
        of_people.append(some.filter(pc.equal(some["kind"], "human")))
    single, votes = pa.concat_tables(singles), pa.concat_tables(of_people)
    people = _of_kinds(single, _KINDS["people"])
    said = votes.filter(pc.not_equal(votes["verdict"], "invalid"))
    counts = said.group_by("annotator").aggregate([("answer", "count_distinct")]).to_pylist()
    n_verdicts = {row["annotator"]: row["answer_count_distinct"] for row in counts}
    shown = sorted(n_verdicts, key=lambda who: (-n_verdicts[who], who))[:_MOST_PEOPLE]
    measured = measure_tables(votes, gold)
    return AgreementFigures(
        n_items=pc.count_distinct(people["item_id"]).as_py(),
        n_people=len(n_verdicts),
        alphas=_alphas(single),
        people=_people({who: n_verdicts[who] for who in shown}, measured),
        pairs=_pairs(set(shown), measured["pairs"]),
    )


def _alphas(single: pa.Table) -> tuple[AlphaFigures, ...]:
    found: list[AlphaFigures] = []
    groups: list[pa.Table] = []
    for among, kinds in _KINDS.items():
        theirs = _shared(_of_kinds(single, kinds))
        n_annotators = pc.count_distinct(theirs["annotator"]).as_py()
        if n_annotators < 2 or any(theirs.equals(group) for group in groups):
            continue
        groups.append(theirs)
        for level in LEVELS:
            a = alpha_of_verdicts(theirs, level)
            found.append(
                AlphaFigures(
                    among=among,
                    level=level,
                    value=a.value,
                    low=a.low,
                    high=a.high,
                    n_annotators=n_annotators,
                    n_items=a.n_items,
                    n_values=a.n_values,
                )
            )
    return tuple(found)


def _of_kinds(single: pa.Table, kinds: tuple[str, ...]) -> pa.Table:
    return single.filter(pc.is_in(single["kind"], pa.array(kinds)))


def _shared(single: pa.Table) -> pa.Table:
    """Keep the items that two or more judged."""
    counts = single.group_by("item_id").aggregate([("verdict", "count")])
    shared = counts.filter(pc.greater(counts["verdict_count"], 1))["item_id"]
    return single.filter(pc.is_in(single["item_id"], shared.combine_chunks()))


def _people(
    n_verdicts: Mapping[str, int], measured: Mapping[str, pa.Table]
) -> tuple[PersonFigures, ...]:
    hits = {
        name: {row["annotator"]: _hits(row) for row in measured[name].to_pylist()}
        for name in ("gold", "repeats", "position")
    }
    weeks: dict[str, list[Week]] = defaultdict(list)
    for row in measured["drift"].to_pylist():
        week = Week(week=row["week"].isoformat(), **_hits(row).model_dump())
        weeks[row["annotator"]].append(week)
    seconds = {row["annotator"]: _seconds(row) for row in measured["seconds"].to_pylist()}
    return tuple(
        PersonFigures(
            annotator=who,
            n_verdicts=n,
            **{name: of_all.get(who) for name, of_all in hits.items()},
            seconds=seconds.get(who),
            weeks=tuple(weeks[who]),
        )
        for who, n in n_verdicts.items()
    )


def _pairs(shown: set[str], pairs: pa.Table) -> tuple[PairFigures, ...]:
    return tuple(
        PairFigures(annotator=row["annotator"], other=row["other"], **_hits(row).model_dump())
        for row in pairs.to_pylist()
        if {row["annotator"], row["other"]} <= shown
    )


def _hits(row: Mapping[str, Any]) -> HitCount:
    n_answers = row["n_answers"] if row["n_answers"] < row["n"] else None
    return HitCount(hits=row["hits"], n=row["n"], n_answers=n_answers)


def _seconds(row: Mapping[str, Any]) -> Seconds:
    return Seconds(**{name: row[name] for name in Seconds.model_fields})
