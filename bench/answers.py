"""Whether the final answers of responses are told right, against Math-Verify by itself on the same table.

Reads the hand-written table of the tests: a known answer, a response, and what has to be said of it. Prints for each kind of answer how
often "correct" is right, how much of the correct is found, and how often all is. The table says what the verifier ought to do and was
written with it, so it holds the verifier to its rules and is no sample of what models say.
"""

from pathlib import Path

from bench._history import keep
from winnow.annotation.evaluation.response_audit import (
    OUTCOMES,
    AuditedResponse,
    ResponseAudit,
    ResponseOutcome,
    audit_responses,
    outcome_of_finding,
)
from winnow.annotation.verifiers import AnswerVerifier
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

_TABLE = Path(__file__).parent.parent / "tests/annotation/verifiers/answers.txt"
_CHOICE = "What lies on the Rhône?\nA) Paris\nB) Lyon\nC) Lille\nD) Brest"


def main() -> None:
    """Say what both make of the table."""
    cases = [
        [field.strip().replace("⏎", "\n") for field in line.split("¦")]
        for line in _TABLE.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    cases = [case for case in cases if case[0] != "unreadable"]
    ours, theirs = [], []
    for n, (kind, known, said, wanted) in enumerate(cases):
        is_correct = wanted == "correct"
        ours.append(AuditedResponse(str(n), kind, _told(kind, known, said), is_correct))
        theirs.append(AuditedResponse(str(n), kind, _by_math_verify(known, said), is_correct))
    found, peer = audit_responses(ours), audit_responses(theirs)
    for name, audits in (("answer", found), ("Math-Verify by itself", peer)):
        print(
            f"{name}\n  {'kind':<12} {'n':>4}  precision  recall  accuracy  said {', '.join(OUTCOMES)}"
        )
        for kind, audit in audits.items():
            print(f"  {kind:<12} {_line(audit)}")
    ratio = _accuracy(found["all"]) / _accuracy(peer["all"])
    print(f"accuracy over Math-Verify's: {ratio:.2f}")
    keep("answers told right over Math-Verify by itself", ratio, at_least=1.0)


def _told(kind: str, known: str, said: str) -> ResponseOutcome:
    asked = Message(role="user", content=_CHOICE if kind == "option" else "Why?")
    prompt = Prompt(messages=(asked,), reference=known, source="table")
    response = Response(prompt_id=prompt.prompt_id, text=said, model="table")
    verifier = AnswerVerifier.model_validate({"kind": kind})
    return outcome_of_finding(verifier.examine(prompt, response))


def _by_math_verify(known: str, said: str) -> ResponseOutcome:
    from math_verify import parse, verify

    found = parse(said)
    if not found:
        return "no_answer"
    gold = parse(f"${known}$") or parse(known)
    return "correct" if verify(gold, found) else "incorrect"


def _line(audit: ResponseAudit) -> str:
    shares = (audit.precision, audit.recall, audit.accuracy)
    told = "  ".join(f"{one.value:>8.3f}" if one else f"{'–':>8}" for one in shares)
    said = ", ".join(
        str(audit.counts[True, outcome] + audit.counts[False, outcome]) for outcome in OUTCOMES
    )
    return f"{sum(audit.counts.values()):>4} {told}  {said}"


def _accuracy(audit: ResponseAudit) -> float:
    return audit.accuracy.value if audit.accuracy else 0.0


if __name__ == "__main__":
    main()
