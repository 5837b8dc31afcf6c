import pytest
from pydantic import ValidationError

from winnow.annotation.judge import Reading
from winnow.pipelines.labelling.judgment_rows import JudgmentRows
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.schemas.judgments import Judgment, Kind, Rating, ScoreShare

PAIR = JudgedPart("comparison", "c", ("x", "y"), "ba")
ONE = JudgedPart("response", "x", ("x",), None)
SHARES = tuple(ScoreShare(score=s, share=0.5) for s in (1.0, 2.0))
RATINGS = (
    Rating(response_id="x", attribute="é", score=4),
    Rating(response_id="y", attribute="é", score=1e-7, expected=1.5, distribution=SHARES),
)
SAID: list[tuple[Kind, JudgedPart, Reading, str | None, float | None]] = [
    ("llm", PAIR, Reading(verdict="a", rationale='So "it" is.\n\u2028'), "r1", 1e-05),
    ("llm", PAIR._replace(order=None), Reading(verdict="invalid", rationale=""), None, None),
    ("llm", PAIR, Reading(verdict="tie", rationale="", strength=-3, probability=1 / 3), "r2", 2.0),
    ("llm", PAIR, Reading(verdict="b", rationale="", ranking=("y", "x", "z")), "r3", None),
    ("verifier", PAIR, Reading(verdict="b", rationale="", ratings=RATINGS), None, None),
    ("llm", ONE, Reading(rationale="good", ratings=RATINGS[:1]), "r4", 0.0),
    ("llm", ONE, Reading(verdict="invalid", rationale="?"), "r5", None),
]


def test_rows_are_those_of_the_records_with_their_ids() -> None:
    rows, records = JudgmentRows(), []
    for kind, part, said, request_id, cost in SAID:
        rows.add("who@1:m", kind, part, said, request_id, cost)
        records.append(
            Judgment(
                subject_kind=part.kind,
                subject_id=part.subject_id,
                annotator_id="who@1:m",
                kind=kind,
                order=part.order,
                verdict=said.verdict,
                strength=said.strength,
                probability=said.probability,
                ranking=said.ranking,
                ratings=said.ratings,
                rationale=said.rationale,
                request_id=request_id,
                cost=cost,
            )
        )
    assert len(rows) == len(SAID)
    assert rows.take().equals(Judgment.to_table(records))
    assert rows.take().equals(Judgment.to_table([]))


@pytest.mark.parametrize(
    ("part", "said", "why"),
    [
        (PAIR, Reading(rationale=""), "a comparison was judged, but there is no verdict"),
        (PAIR, Reading(verdict="a", rationale="", strength=4), "less than or equal to 3"),
        (ONE, Reading(verdict="a", rationale=""), "but the subject is a response"),
        (ONE, Reading(rationale="", strength=1), "strength belongs to a comparison"),
    ],
    ids=["no_verdict", "strength", "verdict_on_one", "strength_of_one"],
)
def test_what_is_no_judgment_is_refused_in_the_records_own_words(
    part: JudgedPart, said: Reading, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        JudgmentRows().add("who", "llm", part, said)
