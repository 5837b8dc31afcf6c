from pathlib import Path

import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, stage
from winnow.pipelines.labels.combining import heard_whole
from winnow.pipelines.labels.following import follow, following
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.judgments import Judgment, Rating, ScoreShare
from winnow.schemas.labels import Label
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

PROMPT = ask("What comes after 1?")
BEST, MIDDLE, WORST = (answer(PROMPT, text) for text in ("2", "Two or three.", "No idea."))
PAIRS = [compare_two(BEST, MIDDLE), compare_two(BEST, WORST), compare_two(MIDDLE, WORST)]
WORTH = {BEST.response_id: 5, MIDDLE.response_id: 3, WORST.response_id: 1}


def rated(response: Response, who: str = "ann", **scores: float) -> Judgment:
    return Judgment(
        subject_kind="response",
        subject_id=response.response_id,
        annotator_id=who,
        kind="human",
        ratings=tuple(
            Rating(response_id=response.response_id, attribute=name, score=score)
            for name, score in scores.items()
        ),
    )


RATED = [rated(r, help=WORTH[r.response_id]) for r in (BEST, MIDDLE, WORST)]


def staged(root: Path, *judgments: Judgment) -> Staging:
    return stage(root, PROMPT, BEST, MIDDLE, WORST, *PAIRS, *judgments)


def verdicts(staging: Staging) -> dict[str, str]:
    said = Judgment.from_table(staging.read(Judgment))
    return {j.comparison_id: str(j.verdict) for j in said if j.comparison_id}


def test_three_ratings_judge_three_comparisons(tmp_path: Path) -> None:
    staging = staged(tmp_path, *RATED)
    for _ in range(2):  # a stage may be repeated
        aggregate_judgments(staging, AggregateSettings(), RUN)
        labels = Label.from_table(staging.read(Label))
        assert len(labels) == len(PAIRS)
    assert verdicts(staging) == {
        pair.comparison_id: "a"
        if WORTH[pair.response_ids[0]] > WORTH[pair.response_ids[1]]
        else "b"
        for pair in PAIRS
    }


def test_what_an_annotator_said_of_the_comparison_itself_stands(tmp_path: Path) -> None:
    tie = judge_one(PAIRS[0], "tie", "ann", None, "human")
    staging = staged(tmp_path, *RATED, tie)
    follow(staging)
    assert verdicts(staging)[PAIRS[0].comparison_id] == "tie"
    assert staging.n_rows(Judgment) == len(RATED) + 1 + 2


def test_responses_rated_on_nothing_in_common_are_not_compared(tmp_path: Path) -> None:
    staging = staged(tmp_path, rated(BEST, help=5), rated(WORST, tone=1))
    follow(staging)
    assert verdicts(staging) == {}


def test_ratings_of_two_annotators_are_not_mixed(tmp_path: Path) -> None:
    staging = staged(tmp_path, rated(BEST, "ann", help=5), rated(WORST, "bob", help=1))
    follow(staging)
    assert verdicts(staging) == {}


def test_repeated_ratings_count_as_their_mean(tmp_path: Path) -> None:
    again = rated(WORST, help=9).model_copy(update={"occurrence": 1, "judgment_id": "again"})
    staging = staged(tmp_path, rated(BEST, help=4), rated(WORST, help=1), again)
    follow(staging)
    (judgment,) = [j for j in Judgment.from_table(staging.read(Judgment)) if j.comparison_id]
    assert {r.response_id: r.score for r in judgment.ratings} == {
        BEST.response_id: 4,
        WORST.response_id: 5,
    }


def unsure(judgment: Judgment, *shares: float) -> Judgment:
    distribution = tuple(ScoreShare(score=s, share=p) for s, p in enumerate(shares, 1))
    ratings = [r.model_copy(update={"distribution": distribution}) for r in judgment.ratings]
    return Judgment.model_validate({**dict(judgment), "judgment_id": "", "ratings": ratings})


def test_distributions_of_ratings_are_heard_as_the_probability_of_the_verdict(
    tmp_path: Path,
) -> None:
    a, b = (0.0, 0.1, 0.9), (0.0, 0.6, 0.4)
    staging = staged(tmp_path, unsure(rated(BEST, help=3), *a), unsure(rated(MIDDLE, help=2), *b))
    follow(staging)
    (row,) = heard_whole(staging).to_pylist()
    assert row["verdict"] == "a"
    assert row["probability"] == pytest.approx(0.1 * 0.4 + (0.1 * 0.6 + 0.9 * 0.4) / 2)


def test_a_probability_that_was_given_stands(tmp_path: Path) -> None:
    of_both = [unsure(rated(r, help=2), 0.5, 0.5) for r in (BEST, MIDDLE)]
    given = judge_one(PAIRS[0], "b", "judge", None, "llm").model_copy(
        update={"probability": 0.8, "ratings": tuple(r for j in of_both for r in j.ratings)}
    )
    bare = given.model_copy(update={"probability": None, "judgment_id": "bare"})
    staging = staged(tmp_path, given, bare)
    assert sorted(heard_whole(staging)["probability"].to_pylist()) == [0.5, 0.8]


def test_what_follows_is_what_the_record_of_each_comparison_says(tmp_path: Path) -> None:
    shares = tuple(ScoreShare(score=s, share=p) for s, p in ((1, 0.25), (3, 0.75)))
    told = [
        Judgment(
            subject_kind="response",
            subject_id=r.response_id,
            annotator_id='a "quoted" ä',
            kind="llm",
            ratings=(
                Rating(
                    response_id=r.response_id, attribute="help", score=2.5, expected=2.5, distribution=shares
                ),
            ),
        )
        for r in (BEST, MIDDLE)
    ]  # fmt: skip
    unread = rated(WORST, who="ben").model_copy(update={"verdict": "invalid", "judgment_id": "u"})
    staging = staged(tmp_path, *RATED, *told, unread, rated(MIDDLE, who="ben", help=1 / 3))
    follow(staging)
    found = Judgment.from_table(staging.read_part(Judgment, "following"))
    sides = {pair.comparison_id: pair.response_ids for pair in PAIRS}
    assert {j.verdict for j in found} >= {"a", "tie", "invalid"}
    assert [j.probability for j in found if j.annotator_id not in ("ann", "ben")] == [0.5]
    for said in found:
        assert said.comparison_id
        ratings = None if said.verdict == "invalid" else said.ratings
        who = said.annotator_id, said.kind
        assert said == following(said.comparison_id, sides[said.comparison_id], *who, ratings)
