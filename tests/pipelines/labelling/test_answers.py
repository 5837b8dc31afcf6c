"""Verifiers of answers in a step that labels."""

from pathlib import Path

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.rejects import Reject
from winnow.warehouse.staging import Staging

SUM, SKY = ask("What is 1/4 + 1/4?", reference="1/2"), ask("Why is the sky blue?")
HALF, SAME, THIRD, NONE = (
    answer(SUM, text)
    for text in ("\\boxed{0.5}", "The answer is 1/2.", "The answer is 1/3.", "No idea.")
)
AIR, PAINT = answer(SKY, "Air.\nWell."), answer(SKY, "Paint.\nWell.")
PAIRS = [compare_two(*two) for two in ((HALF, SAME), (HALF, THIRD), (THIRD, NONE), (AIR, PAINT))]


def labelled(tmp_path: Path, **entry: object) -> Staging:
    staging = stage(tmp_path / "run", SUM, SKY, HALF, SAME, THIRD, NONE, AIR, PAINT, *PAIRS)
    settings = VerifierSettings.model_validate(entry)
    label(staging, [settings], RUN, models={}, answer=None, beam=BEAM)  # type: ignore[arg-type]
    return staging


def verdicts(staging: Staging) -> dict[str, str | None]:
    said = Judgment.from_table(staging.read(Judgment))
    return {j.comparison_id: j.verdict for j in said if j.comparison_id}


def better(pair_of: tuple[object, object]) -> str:
    pair = compare_two(*pair_of)  # type: ignore[arg-type]
    return "ab"[pair.response_ids.index(HALF.response_id)]


def test_the_right_answer_is_preferred_and_a_prompt_without_one_is_rejected_with_the_reason(
    tmp_path: Path,
) -> None:
    staging = labelled(tmp_path, verifier="answer")
    wanted = {
        PAIRS[0].comparison_id: "tie",
        PAIRS[1].comparison_id: better((HALF, THIRD)),
        PAIRS[2].comparison_id: "tie",
    }
    assert verdicts(staging) == wanted
    (reject,) = Reject.from_table(staging.read(Reject))
    assert (reject.reason, reject.detail) == (
        "no_readable_reference",
        "the prompt has no reference",
    )
    of_none = {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}
    assert of_none[NONE.response_id].rationale.startswith("no answer; looked for: boxed")


def test_a_majority_is_counted_over_all_responses_of_a_prompt(tmp_path: Path) -> None:
    staging = labelled(tmp_path, verifier="majority", min_votes=3)
    assert verdicts(staging)[PAIRS[1].comparison_id] == better((HALF, THIRD))
    said = {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}
    kept = {r.attribute: r.score for r in said[SAME.response_id].ratings}
    assert (kept["majority"], kept["majority.votes"]) == (1.0, 3.0)
    (reject,) = Reject.from_table(staging.read(Reject))
    assert (reject.reason, reject.detail) == (
        "no_majority",
        "0 of 2 vote, fewer than min_votes, 3",
    )
