"""Exemplars out of a run's own gold, with what people said of it."""

import pickle
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.embeddings import TFIDF, embedding
from winnow.annotation.exemplars import Exemplars, VerifiedComparison, short_enough
from winnow.annotation.judge import ComparisonView, Shows
from winnow.annotation.similarity import LearnedWords, text_of
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.warehouse.places.place import Place
from winnow.warehouse.staging import Staging

_REASONS = ["judgment_id", "comparison_id", "kind", "verdict", "rationale"]


class ExemplarFile(NamedTuple):
    """A file of what a judge shows its model."""

    place: Place
    """Where it lies."""

    name: str
    """Its name there; no other file has it."""


def write_exemplars(
    batches: Iterable[Sequence[ComparisonView]], wanted: Shows, staging: Staging, place: Place
) -> ExemplarFile:
    """Write what a judge shows its model into a file, from which workers read it.

    Args:
        batches: The comparisons of the run; never held whole.
        wanted: What the judge wants of them.
        staging: Holds gold, and judgments with their rationales.
        place: Where the file is written.

    Raises:
        MissingPackage: The embeddings that the judge wants need a package that is not installed.
        InvalidSettings: They are not on this machine, or a comparison that the judge names cannot be shown.
    """
    verdicts = known_verdicts(staging)
    reasons = _reasons(staging, verdicts)
    words = LearnedWords() if wanted.by == TFIDF and not wanted.given else None
    verified = list[VerifiedComparison]()
    for views in batches:
        if words is not None:
            words.learn(map(text_of, views))
        verified += verified_among(views, verdicts, reasons)
    short = short_enough(verified, wanted.max_chars)
    if wanted.given:
        exemplars = Exemplars(_given(short, wanted), wanted.n, None)
    elif words is None:
        exemplars = Exemplars(short, wanted.n, embedding(wanted.by))
    else:
        words.learn(text_of(v.view) for v in short)
        exemplars = Exemplars(short, wanted.n, words.embed)
    file, content = ExemplarFile(place, f"{uuid4().hex}.pickle"), pickle.dumps(exemplars)
    place.write(file.name, lambda draft: draft.write(content), is_durable=False)
    return file


def _given(short: Sequence[VerifiedComparison], wanted: Shows) -> list[VerifiedComparison]:
    by_id = {v.view.comparison_id: v for v in short}
    if missing := [i for i in wanted.given if i not in by_id]:
        raise InvalidSettings(
            f"exemplar_ids names {missing[0]}, which is no comparison of two with one gold verdict and at most "
            f"{wanted.max_chars:,} characters; name ids of such comparisons, or raise max_exemplar_chars"
        )
    return [by_id[i] for i in wanted.given]


@lru_cache(maxsize=1)
def read_exemplars(file: ExemplarFile) -> Exemplars:
    """Read what `write_exemplars` wrote."""
    found: Exemplars = pickle.loads(file.place.content(file.name))
    return found


def known_verdicts(staging: Staging) -> dict[str, str]:
    """Read the gold that does not contradict itself: verdicts by comparison."""
    said: dict[str, set[str]] = {}
    for gold in Gold.from_table(staging.read(Gold)):
        said.setdefault(gold.comparison_id, set()).add(gold.verdict)
    return {comparison_id: min(v) for comparison_id, v in said.items() if len(v) == 1}


def verified_among(
    views: Sequence[ComparisonView], verdicts: dict[str, str], reasons: dict[str, str]
) -> list[VerifiedComparison]:
    """Find the comparisons whose verdict is known, with the reason of a person who said the same."""
    return [
        VerifiedComparison(
            pair,
            verdicts[pair.comparison_id],  # type: ignore[arg-type]
            reasons.get(pair.comparison_id, ""),
        )
        for pair in views
        if pair.comparison_id in verdicts
    ]


def _reasons(staging: Staging, verdicts: dict[str, str]) -> dict[str, str]:
    """Find by comparison the rationale of the person with the smallest judgment_id among those who agree with gold."""
    if not verdicts:
        return {}
    replaced = replaced_judgments(staging.read(Judgment, LINKS))
    found = [Judgment.arrow_schema().empty_table().select(_REASONS)]
    for batch in staging.batches(Judgment, _REASONS):
        is_reason = pc.and_(pc.equal(batch["kind"], "human"), pc.not_equal(batch["rationale"], ""))
        is_last = pc.invert(pc.is_in(batch["judgment_id"], value_set=replaced))
        found.append(batch.filter(pc.and_(is_reason, is_last)).select(_REASONS))
    rows = pa.concat_tables(found).sort_by([("judgment_id", "descending")])
    return {
        row["comparison_id"]: row["rationale"]
        for row in rows.to_pylist()
        if verdicts.get(row["comparison_id"]) == row["verdict"]
    }
