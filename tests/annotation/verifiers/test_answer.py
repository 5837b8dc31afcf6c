import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest

from tests.annotation.toy import view
from winnow.annotation.answers import mathematics
from winnow.annotation.answers.equality import EqualityRule
from winnow.annotation.answers.options import option_letters, options_from, options_in
from winnow.annotation.answers.voting import rule_between
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import AnswerVerifier
from winnow.schemas.prompts import Message

_TABLE = Path(__file__).with_name("answers.txt")
_CHOICE = "What lies on the Rhône?\nA) Paris\nB) Lyon\nC) Lille\nD) Brest"
_KINDS = {"unreadable": "number"}


def cases() -> list[Sequence[str]]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    return [
        [field.strip().replace("⏎", "\n") for field in line.split("¦")]
        for line in lines
        if line and not line.startswith("#")
    ]


def examine(said: str, asked: str = "Why?", **more: object) -> Finding:
    settings = {k: v for k, v in more.items() if k in AnswerVerifier.model_fields}
    of_prompt = {k: v for k, v in more.items() if k not in settings}
    pair = view(said, "", messages=(Message(role="user", content=asked),), **of_prompt)
    return AnswerVerifier.model_validate(settings).examine(pair.prompt, pair.a)


def name_of(found: Finding) -> str:
    if found.status != "measured":
        return found.status
    return {None: "unreadable", 0.0: "incorrect", 1.0: "correct"}[found.score]


def test_the_table_is_long_and_holds_every_kind() -> None:
    kinds = [kind for kind, *_ in cases()]
    assert len(kinds) > 200
    assert min(kinds.count(k) for k in ("number", "fraction", "percent", "set", "option")) > 10


@pytest.mark.parametrize(("kind", "known", "said", "wanted"), cases())
def test_an_answer_is_found_as_the_table_says(
    kind: str, known: str, said: str, wanted: str
) -> None:
    asked = _CHOICE if kind == "option" else "Why?"
    found = examine(said, asked, kind=_KINDS.get(kind, kind), reference=known)
    assert name_of(found) == wanted, found


def test_an_endless_comparison_is_no_result_and_the_next_one_is_answered() -> None:
    found = examine(r"\boxed{9^{9^{9^8}}}", reference="9^{9^{9^9}}", kind="expression")
    assert (found.status, found.score) == ("error", None)
    assert found.reason == "no result within 3 s of computing"
    assert mathematics.is_equal("x + 7", "7 + x") is True


def test_threads_may_ask_at_once() -> None:
    said: dict[int, bool | None] = {}
    threads = [
        Thread(target=lambda n=n: said.update({n: mathematics.is_equal(f"x+{n}", f"{n}+x")}))
        for n in range(20, 28)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == dict.fromkeys(range(20, 28), True)


def test_a_prompt_without_a_known_answer_is_rejected_with_the_reason() -> None:
    assert examine("5").reason == "the prompt has no reference"
    found = examine("5", reference="some", kind="number")
    assert (found.score, found.reason) == (None, "the reference cannot be read as number: 'some'")


def test_the_known_answer_may_lie_in_the_metadata_as_one_or_several() -> None:
    several = '{"aliases": ["the Netherlands", "Holland"], "n": 3}'
    assert examine("Holland.", metadata=several, reference_key="aliases").score == 1.0
    assert examine("Belgium.", metadata=several, reference_key="aliases").score == 0.0
    assert examine("The answer is 3.", metadata=several, reference_key="n").score == 1.0
    assert examine("3", metadata=several, reference_key="m").reason == "the prompt has no metadata 'm'"  # fmt: skip


def test_only_the_places_of_the_settings_are_looked_at() -> None:
    found = examine("The answer is 5.", reference="5", places=["boxed"])
    assert (found.status, found.score) == ("no_answer", 0.0)


def test_options_come_from_the_prompt_or_from_its_metadata() -> None:
    assert options_in(_CHOICE) == {"A": "Paris", "B": "Lyon", "C": "Lille", "D": "Brest"}
    assert options_in("A) one thing\nC) another") == {}
    by_letter = {"A": "Paris", "B": "Lyon"}
    assert options_from(["Paris", "Lyon"]) == by_letter
    assert options_from({"label": ["A", "B"], "text": ["Paris", "Lyon"]}) == by_letter
    assert options_from('{"a": "Paris", "b": "Lyon"}') == by_letter
    assert options_from({"label": 3, "text": ["Paris", "Lyon"]}) == {}
    assert options_from({"AB": "Paris", "": "Lyon"}) == {}
    kept = {"reference": "B", "metadata": '{"choices": ["Paris", "Lyon"]}'}
    assert examine("It is Lyon.\nAnswer: Lyon", **kept, options_key="choices").score == 1.0


def test_numbered_options_are_named_by_number_or_by_the_letter_of_their_place() -> None:
    options = options_from({"label": ["1", "2", "3"], "text": ["2", "Lyon", "3.5"]})
    assert options == {"1": "2", "2": "Lyon", "3": "3.5"}
    named = {"2": "2", "B": "2", "(2) Lyon": "2", "2 (Lyon)": "2", "3.5": "3", "Lyon": "2"}
    for said, label in named.items():
        assert option_letters(said, options) == {label}
    for said in ("4", "D", "2 (3.5)", "2.5", "1-3"):
        assert option_letters(said, options) == frozenset()
    assert option_letters("1 and C", options) == {"1", "3"}
    assert options_from({"label": ["1", "3"], "text": ["Paris", "Lyon"]}) == {}


def test_a_right_answer_beats_a_wrong_one_and_none() -> None:
    verifier = AnswerVerifier()
    for said, verdict in [
        ("The answer is 4.", "a"),
        ("No idea.", "a"),
        ("It is \\boxed{5}", "tie"),
    ]:
        pair = view("The answer is 5.", said, reference="5")
        a, b = (verifier.examine(pair.prompt, one) for one in (pair.a, pair.b))
        assert verifier.compare(a, b).verdict == verdict
        assert verifier.compare(b, a).verdict == ("b" if verdict == "a" else "tie")


def test_answers_of_which_none_is_known_never_link_a_share_with_a_bare_number() -> None:
    assert rule_between("50", "50%", 0.0, {}).same("50", "50%") is False
    assert rule_between("0.5", "50%", 0.0, {}).same("0.5", "50%") is True
    assert EqualityRule("number").same("50", "50%") is True


def test_a_quantity_too_large_to_convert_is_another_answer() -> None:
    rule = EqualityRule("unit")
    assert rule.reads("1e300 km")
    assert rule.same("5 fm", "1e300 km") is False


def test_texts_too_long_to_fold_are_the_same_to_the_character() -> None:
    rule = EqualityRule("text")
    long = "$x " * 40_000
    assert rule.same(long, long + "\n") is True
    assert rule.same(long, long.upper()) is False


def test_the_process_that_compares_starts_under_a_lower_limit_of_memory() -> None:
    worker = Path(mathematics.__file__).with_name("mathematics_worker.py")
    limited = f"ulimit -v {3 << 20} && exec {sys.executable} -I {worker} 3"
    asked = '{"ask": "is_unit", "unit": "km"}\n'
    ended = subprocess.run(["bash", "-c", limited], input=asked, capture_output=True, text=True)
    assert ended.stdout == '{"said": true}\n', ended.stderr


def test_the_rationale_says_the_answers() -> None:
    pair = view("The answer is 5.", "No idea.", reference="5")
    verifier = AnswerVerifier()
    found = [verifier.examine(pair.prompt, one) for one in (pair.a, pair.b)]
    assert verifier.compare(*found).rationale == "answer: a 1 (5.), b 0 (no answer)"


def test_a_verifier_that_reads_the_metadata_says_so() -> None:
    assert AnswerVerifier().column == "reference"
    assert AnswerVerifier(reference_key="gold").column == "metadata"


def test_a_forked_process_asks_a_process_of_its_own() -> None:
    assert mathematics.is_equal("x + 31", "31 + x") is True
    child = os.fork()
    if child == 0:
        os._exit(0 if mathematics.is_equal("x + 32", "33 + x") is False else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert mathematics.is_equal("x + 34", "34 + x") is True
