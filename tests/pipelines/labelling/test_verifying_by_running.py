import json
from pathlib import Path

import pytest

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.annotation.sandbox import why_unavailable
from winnow.pipelines.labelling.settings import VerifierSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import ToolCall
from winnow.schemas.rejects import Reject

pytestmark = pytest.mark.skipif(
    why_unavailable() is not None, reason=f"no isolation here: {why_unavailable()}"
)

ADD = ask(
    "Write add.", metadata=json.dumps({"tests": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"]})
)
SUM = answer(ADD, "```python\ndef add(a, b): return a + b\n```")
MAX = answer(ADD, "```python\ndef add(a, b): return max(a, b)\n```")
STUCK = answer(ADD, "```python\ndef add(a, b):\n    while True: pass\n```")
TALK = answer(ADD, "Use the plus sign.")
OLDEST = ask("Who is oldest?", metadata=json.dumps({"database": "CREATE TABLE p AS SELECT 9 AS age", "query": "SELECT max(age) FROM p"}))  # fmt: skip
QUERY, WRONG = answer(OLDEST, "SELECT age FROM p"), answer(OLDEST, "SELECT 8")
RAIN = ask("Does it rain?", metadata=json.dumps({"expected_calls": [{"rain": {"at": ["Oslo"]}}]}))
CALL, OTHER = (
    answer(RAIN, "", tool_calls=(ToolCall(name="rain", arguments=json.dumps({"at": place})),))
    for place in ("oslo", "Rome")
)
RESPONSES = (SUM, MAX, STUCK, TALK, QUERY, WRONG, CALL, OTHER)
PAIRS = tuple(
    compare_two(*pair)
    for pair in ((SUM, MAX), (MAX, STUCK), (STUCK, TALK), (QUERY, WRONG), (CALL, OTHER))
)


def test_what_running_a_response_shows_becomes_judgments_with_their_parts(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", ADD, OLDEST, RAIN, *RESPONSES, *PAIRS)
    settings = [
        VerifierSettings.model_validate(entry)
        for entry in (
            {"verifier": "code", "timeout_s": 1, "partial": "difficulty"},
            {"verifier": "sql"},
            {"verifier": "tool_calls"},
        )
    ]
    label(staging, settings, RUN, models={}, answer=None, beam=BEAM)  # type: ignore[arg-type]
    said = {j.subject_id: j for j in Judgment.from_table(staging.read(Judgment))}
    ratings = {
        response_id: {rating.attribute: rating.score for rating in judgment.ratings}
        for response_id, judgment in said.items()
    }

    assert ratings[SUM.response_id] == {"code": 1, "code.test_1": 1, "code.test_2": 1}
    assert ratings[STUCK.response_id] == {"code": 0, "code.test_1": 0, "code.test_2": 0}
    assert 0 < ratings[MAX.response_id]["code"] < 0.5  # it passes the easy one of two
    assert (
        "test_1 timeout: no answer within 1 s of processor time"
        in said[STUCK.response_id].rationale
    )
    assert said[TALK.response_id].rationale == "no answer; no fenced block of Python"
    assert ratings[QUERY.response_id]["sql.result"] == 1
    assert ratings[CALL.response_id]["tool_calls"] == 1
    assert ratings[OTHER.response_id]["tool_calls.values"] == 0
    for pair, better in zip(PAIRS, (SUM, MAX, None, QUERY, CALL), strict=True):
        verdict = said[pair.comparison_id].verdict
        ids = dict(zip("ab", pair.response_ids, strict=True))
        assert ids.get(verdict or "") == (better and better.response_id)
    reasons = [r.reason for r in Reject.from_table(staging.read(Reject))]
    assert {reason: reasons.count(reason) for reason in sorted(set(reasons))} == {
        "no_database": 4,
        "no_expected_calls": 4,
        "no_tests": 2,
    }
