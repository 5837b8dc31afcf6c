"""Verifiers of texts, through the step that labels: what they say of responses, and of comparisons that follow."""

from pathlib import Path

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.rejects import Reject

SEA = ask(
    "Why is the sea as salty as it is?",
    reference="Rivers carry salt from the rocks to the sea.",
    contexts=("Rivers dissolve salts out of rocks.",),
)
GOOD = answer(SEA, 'Rivers carry salt to the sea: they "dissolve salts out of rocks" [1].')
BAD = answer(SEA, "Los ríos llevan la sal, y el mar la guarda, según dicen todos [4]. " * 6)
REFUSES = answer(SEA, "I'm sorry, but I can't help with that.")
BARE = ask("Sea?")
SALT, SAND = answer(BARE, "Salt."), answer(BARE, "Sand,", finish_reason="length")
PAIRS = [compare_two(GOOD, BAD), compare_two(GOOD, REFUSES), compare_two(SALT, SAND)]
VERIFIERS = (
    {"verifier": "reference_similarity", "measure": "chrf"},
    {"verifier": "language"},
    {"verifier": "citations"},
    {"verifier": "repetition"},
    {"verifier": "refusal"},
    {"verifier": "truncation"},
)


def test_each_says_what_it_found_of_responses_and_comparisons(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SEA, BARE, GOOD, BAD, REFUSES, SALT, SAND, *PAIRS)
    settings = [VerifierSettings.model_validate(one) for one in VERIFIERS]
    label(staging, settings, RUN, models={}, answer=None, beam=BEAM)  # type: ignore[arg-type]
    judgments = Judgment.from_table(staging.read(Judgment))
    said = {(j.annotator_id.split("@")[0], j.subject_id): j for j in judgments}
    verdicts = {
        entry["verifier"]: [
            found.verdict if (found := said.get((entry["verifier"], pair.comparison_id))) else None
            for pair in PAIRS
        ]
        for entry in VERIFIERS
    }
    first = ["a" if pair.response_ids[0] in (GOOD.response_id, SALT.response_id) else "b" for pair in PAIRS]  # fmt: skip
    assert verdicts == {
        "reference_similarity": [first[0], first[1], None],
        "language": [first[0], "tie", None],
        "citations": [first[0], first[1], None],
        "repetition": [first[0], "tie", "tie"],
        "refusal": ["tie", first[1], "tie"],
        "truncation": ["tie", "tie", first[2]],
    }
    assert (
        said["language", BAD.response_id].rationale == "fails other_language; answer: es; wanted en"
    )
    assert said["citations", GOOD.response_id].rationale == "2 of 2 citations hold"
    parts = {r.attribute for r in said["reference_similarity", GOOD.response_id].ratings}
    assert parts == {"reference_similarity"} | {
        f"reference_similarity.{part}"
        for part in ("similarity", "repetition", "copied", "length", "order")
    }
    rejects = Reject.from_table(staging.read(Reject))
    assert sorted(r.reason for r in rejects) == ["no_documents", "no_language", "no_reference"]
