import json

import pytest

from tests.annotation.toy import view
from winnow.annotation.evaluation.response_audit import (
    AuditedResponse,
    ResponseOutcome,
    audit_responses,
    outcome_of_finding,
    outcome_of_reading,
)
from winnow.annotation.judge import Reply, SubjectView
from winnow.annotation.judges import CorrectnessJudge
from winnow.annotation.verifiers import AnswerVerifier


def cases(
    kind: str, is_correct: bool, said: ResponseOutcome, n: int = 1, prompt: str = ""
) -> list[AuditedResponse]:
    return [AuditedResponse(prompt or f"{kind}{said}{i}", kind, said, is_correct) for i in range(n)]


def test_what_was_called_correct_is_measured_by_itself() -> None:
    listed = [
        *cases("number", True, "correct", 3),
        *cases("number", False, "correct", 1),
        *cases("number", True, "incorrect", 1),
        *cases("number", False, "incorrect", 90),
        *cases("set", True, "no_answer", 1),
        *cases("set", False, "no_result", 2),
    ]
    found = audit_responses(listed)
    assert list(found) == ["all", "number", "set"]
    number = found["number"]
    assert number.precision is not None and number.precision.value == 0.75
    assert number.recall is not None and number.recall.value == 0.75
    assert number.accuracy is not None and number.accuracy.value == pytest.approx(93 / 95)
    assert number.precision.low is not None and number.precision.low < 0.6
    assert number.counts[False, "correct"] == 1
    assert found["set"].precision is None
    assert found["set"].counts[False, "no_result"] == 2
    # No result is left out of the accuracy; no answer to a right response is an error.
    assert found["set"].accuracy is not None and found["set"].accuracy[::3] == (0.0, 1)
    assert sum(found["all"].counts.values()) == len(listed)


def test_responses_to_one_prompt_leave_more_open_than_those_to_many() -> None:
    apart = [*cases("n", True, "correct", 8), *cases("n", False, "correct", 8)]
    together = [
        *cases("n", True, "correct", 8, prompt="p"),
        *cases("n", False, "correct", 8, prompt="q"),
    ]
    many, few = (audit_responses(one)["all"].precision for one in (apart, together))
    assert many and few and many.low and few.low is not None
    assert few.low < many.low


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("The answer is 4.", "correct"),
        ("The answer is 5.", "incorrect"),
        ("Who knows.", "no_answer"),
        ("\\boxed{9^{9^{9^9}}}", "no_result"),
    ],
)
def test_a_verifier_is_heard_with_what_it_could_not_tell(
    said: str, outcome: ResponseOutcome
) -> None:
    known = "9^{9^{9^8}}" if outcome == "no_result" else "4"
    pair = view(said, "", reference=known)
    assert outcome_of_finding(AnswerVerifier().examine(pair.prompt, pair.a)) == outcome


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({"critique": "B? No: A", "verdict": "correct"}, "correct"),
        ({"critique": "A, or C", "verdict": "incorrect"}, "incorrect"),
        ({"critique": "cut off", "verdict": "invalid"}, "no_answer"),
        ({"critique": "C"}, "no_result"),
        ("A B C", "no_result"),
    ],
)
def test_a_judge_is_heard_with_what_could_not_be_read(
    reply: object, outcome: ResponseOutcome
) -> None:
    pair = view("It is 4.", "", reference="4")
    seen = SubjectView(
        kind="response",
        subject_id=pair.a.response_id,
        prompt=pair.prompt,
        responses=(pair.a,),
        places=(0,),
    )
    text = reply if isinstance(reply, str) else json.dumps(reply)
    for invalid in ("apart", "wrong"):
        judge = CorrectnessJudge(invalid=invalid)  # type: ignore[arg-type]
        (reading,) = judge.read(seen, [Reply(text=text)])
        assert outcome_of_reading(reading) == outcome
