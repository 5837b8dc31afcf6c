import pytest

from tests.annotation.toy import respond
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import CitationsVerifier
from winnow.schemas.prompts import Message, Prompt

RIVERS = (
    "Rivers dissolve salts out of rocks, and they carry about four billion tons a year to the sea."
)
VENTS = (
    "Hot springs on the ocean floor release dissolved minerals; “black smokers” are the best known."
)
ASKED = 'Is it true that "the sea gets saltier every year"?'


def prompt(*documents: str) -> Prompt:
    return Prompt(messages=(Message(role="user", content=ASKED),), contexts=documents, source="toy")


def found(text: str, *documents: str) -> Finding:
    asked = prompt(*(documents or (RIVERS, VENTS)))
    return CitationsVerifier().examine(asked, respond(asked, text))


@pytest.mark.parametrize(
    "text",
    [
        "Salt comes from rocks [1] and from springs [2].",
        "Salt has two sources [1, 2], see also [1-2] and 【2】.",
        'The text says that "rivers dissolve salts out of rocks" [1].',
        "“Rivers dissolve salts\n out of rocks,” it says, and „carry about four billion tons a year“.",
        'Says the second: "Hot springs … release dissolved minerals" [2].',
        "There are 'springs', and “'black smokers' are the best known”.",
        'Yes, "the sea gets saltier every year", as you say [1].',
    ],
)
def test_citations_that_hold_are_found(text: str) -> None:
    one = found(text)
    assert (one.score, one.failed, one.status) == (1.0, (), "measured")


@pytest.mark.parametrize(
    ("text", "failed", "score"),
    [
        ("Rocks [1], springs [2], wind [3].", ("[3]",), 0.6667),
        ("Nothing comes of nothing [0].", ("[0]",), 0.0),
        ('"Rivers dissolve gold out of rocks" [1]', ('"Rivers dissolve gold out of rocks"',), 0.5),
        ('"rivers dissolve salts out of rocks" [2]', ('"rivers dissolve salts out of rocks"',), 0.5),
        ('"out of rocks … rivers dissolve salts"', ('"out of rocks … rivers dissolve salts"',), 0.0),
        ("See [1-9].", ("[1-9]",), 0.0),
    ],
)  # fmt: skip
def test_citations_that_do_not_hold_are_named(
    text: str, failed: tuple[str, ...], score: float
) -> None:
    one = found(text)
    assert (one.failed, one.score) == (failed, score)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Salt.",
        "Use `row[7]` or\n```\nprint(rows[9])\n```",
        'The "salt" of the earth.',
        "[3](http://example.org)",
    ],
)
def test_what_is_no_citation_is_no_answer(text: str) -> None:
    one = found(text)
    assert (one.score, one.status, one.failed) == (0.0, "no_answer", ())


def test_without_documents_there_is_no_score() -> None:
    asked = prompt()
    assert CitationsVerifier().examine(asked, respond(asked, "Salt [1].")).score is None


def test_a_quote_of_patterns_is_taken_by_its_words() -> None:
    assert (
        found('It says "(a+)+$ is a .* slow pattern".', "(a+)+$ is a .* slow pattern").score == 1.0
    )
    assert found('It says "a.b is slow in all".', "axb is slow in all").score == 0.0


def test_more_that_holds_is_better() -> None:
    asked = prompt(RIVERS, VENTS)
    a, b, none = (
        CitationsVerifier().examine(asked, respond(asked, text))
        for text in ("Rocks [1], wind [3].", "Rocks [1].", "Rocks.")
    )
    verdicts = [CitationsVerifier().compare(*both).verdict for both in ((a, b), (a, none), (b, b))]
    assert verdicts == ["b", "a", "tie"]
