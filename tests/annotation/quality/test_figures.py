from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from winnow.annotation.quality import agreement
from winnow.annotation.quality.agreement import long_form, measure_agreement
from winnow.annotation.quality.figures import agreement_figures
from winnow.schemas.agreement import AgreementFigures, HitCount
from winnow.schemas.judgments import Judgment

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
GOLD = pa.table({"item_id": ["i", "j"], "verdict": ["a", "tie"]})


def said(
    item: str, who: str, verdict: str, *, kind: str = "human", minute: int = 0, **more: object
) -> Judgment:
    when = NOON + timedelta(minutes=minute)
    fields = {"comparison_id": item, "annotator_id": who, "kind": kind, "verdict": verdict}
    return Judgment.model_validate({**fields, "created_at": when, **more})


def figures(*judgments: Judgment) -> AgreementFigures:
    return agreement_figures(Judgment.to_table(judgments), GOLD)


def test_the_figures_are_the_same_however_few_items_are_looked_at_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = said("k", "ann", "a", minute=1)
    votes = [
        *(said(item, who, v) for item in "ijk" for who, v in (("bob", "a"), ("chrf", "b"))),
        *(said(item, "j@1", "a", kind="llm", order=order) for item in "ijk" for order in ("ab", "ba")),
        first,
        said("k", "ann", "b", minute=2, supersedes=first.judgment_id),
        said("i", "ann", "a"),
        said("i", "ann", "b", minute=3),
        said("i", "rank", "a", request_id="r"),
        said("j", "rank", "b", request_id="r"),
        Judgment(subject_kind="response", subject_id="x", annotator_id="ann", kind="human", ratings=()),
    ]  # fmt: skip
    at_once = figures(*votes)
    monkeypatch.setattr(agreement, "_ITEMS_AT_ONCE", 1)
    assert figures(*votes) == at_once
    assert {p.annotator for p in at_once.people} == {"ann", "bob", "chrf", "rank"}


def test_people_are_measured_among_themselves_and_with_all_annotators() -> None:
    found = figures(
        said("i", "ann", "a"),
        said("i", "bob", "a"),
        said("j", "ann", "b"),
        said("j", "bob", "tie"),
        said("j", "chrf", "b", kind="verifier"),
    )
    sizes = [(a.among, a.level, a.n_annotators, a.n_items, a.n_values) for a in found.alphas]
    assert sizes == [
        ("people", "nominal", 2, 2, 4),
        ("people", "ordinal", 2, 2, 4),
        ("all", "nominal", 3, 2, 5),
        ("all", "ordinal", 3, 2, 5),
    ]


def test_a_judge_counts_once_for_an_item_whichever_orders_it_saw() -> None:
    asked = [
        said("i", f"judge-{n}", verdict, kind="llm", order=order)
        for n in (1, 2)
        for order, verdict in (("ab", "a"), ("ba", "b"))
    ]
    alphas = [a for a in figures(*asked).alphas if a.among == "judges"]
    assert [(a.n_items, a.n_values) for a in alphas] == [(1, 2), (1, 2)]


def test_each_person_has_the_figures_of_the_measures() -> None:
    votes = [
        said("i", "ann", "a", order="ab", seconds=20),
        said("j", "ann", "tie", order="ab", seconds=30),
        said("j", "bob", "b", order="ab"),
        said("k", "ann", "a", order="ba"),
        said("k", "ann", "invalid", is_discarded=True, minute=5),
    ]
    found = figures(*votes)
    ann, bob = found.people
    assert (ann.annotator, ann.n_verdicts, ann.gold, ann.position) == (
        "ann", 3, HitCount(hits=2, n=2), HitCount(hits=1, n=2),
    )  # fmt: skip
    assert ann.seconds is not None and ann.seconds.median == 25.0
    assert (bob.gold, bob.repeats, bob.seconds) == (HitCount(hits=0, n=1), None, None)
    (pair,) = found.pairs
    table = measure_agreement(long_form(Judgment.to_table(votes)), GOLD).tables["pairs"]
    assert pair.model_dump(exclude_none=True).items() <= table.to_pylist()[0].items()


def test_the_figures_of_fifty_people_are_kept_and_all_are_counted() -> None:
    found = figures(*(said("i", f"person-{n:02}", "a") for n in range(60)))
    assert (found.n_people, len(found.people), len(found.pairs)) == (60, 50, 50 * 49 // 2)


def test_a_release_without_people_has_no_person() -> None:
    found = figures(said("i", "chrf", "b", kind="verifier"))
    assert found == AgreementFigures(n_items=0, n_people=0, alphas=(), people=(), pairs=())
    assert AgreementFigures.from_json(found.to_json()) == found


def rank(who: str, order: str, asked: str, minute: int = 0) -> list[Judgment]:
    """Rank four responses, best first, as the six judgments that one answer comes to."""
    pairs = [(x, y) for n, x in enumerate("wxyz") for y in "wxyz"[n + 1 :]]
    return [
        said(
            f"{asked} {x}{y}",
            who,
            "a" if order.index(x) < order.index(y) else "b",
            order="ab",
            request_id=asked,
            seconds=60,
            minute=minute,
        )
        for x, y in pairs
    ]


def test_a_ranking_is_one_answer() -> None:
    asked = [f"ranking {n}" for n in range(3)]
    found = figures(
        *(j for i in asked for j in rank("ann", "wxyz", i)),
        *(j for i in asked for j in rank("bob", "wxzy", i, minute=1)),
    )
    (pair,) = found.pairs
    assert (pair.hits, pair.n, pair.n_answers) == (15, 18, 3)
    ann = found.people[0]
    assert (ann.n_verdicts, ann.position) == (3, HitCount(hits=18, n=18, n_answers=3))
    assert ann.seconds is not None and ann.seconds.n == 3


def test_alpha_resamples_rankings_whole() -> None:
    orders = ("wxyz", "zyxw", "xwzy", "wxyz")
    judgments = [
        j
        for n, order in enumerate(orders * 3)
        for who, shown in (("ann", order), ("bob", "wxyz"))
        for j in rank(who, shown, f"ranking {n}")
    ]
    whole = figures(*judgments).alphas[0]
    apart = figures(
        *(
            Judgment.model_validate(
                {**j.model_dump(exclude={"judgment_id"}), "request_id": j.comparison_id}
            )
            for j in judgments
        )
    ).alphas[0]
    assert whole.value == apart.value and whole.n_items == apart.n_items == 72
    assert whole.low is not None and apart.low is not None and whole.low < apart.low
