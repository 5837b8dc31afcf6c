import random
from itertools import combinations

import pytest

from tests.pipelines.near.texts import ids_of, plain_text, said, similarity
from tests.pipelines.toy import ask
from winnow.pipelines.near import read_texts
from winnow.pipelines.near.neighbours import neighbours
from winnow.schemas.prompts import Message, Prompt

LONG = "Write a short out-of-office reply for the first two weeks of August, friendly and brief."
DOCUMENT = " ".join(f"Paragraph {i} of the agreement binds party {i * 7}." for i in range(60))


def near(*prompts: Prompt, threshold: float = 0.8) -> set[frozenset[str]]:
    found = neighbours(read_texts(Prompt.to_table(prompts)), threshold)
    ids = ids_of(found)
    twins = (together for together in ids if len(together) > 1)
    pairs = ((ids[a][0], ids[b][0]) for a in found.near for b in found.near[a])
    return {frozenset(p) for together in twins for p in combinations(together, 2)} | set(
        map(frozenset, pairs)
    )


def test_prompts_that_nearly_say_the_same_are_near() -> None:
    one, two, other = ask(LONG), ask(LONG.replace("brief.", "brief!")), ask("What is 2 + 2?")
    assert near(one, two, other) == {frozenset({one.prompt_id, two.prompt_id})}


def test_case_and_white_space_do_not_tell_prompts_apart() -> None:
    assert len(near(ask(LONG), ask(f"  {LONG.upper()}\n"), threshold=1.0)) == 1


def test_a_shared_system_message_makes_no_duplicates() -> None:
    system = Message(role="system", content=LONG * 5)
    questions = [Message(role="user", content=text) for text in ("2 + 2?", "Who was Ada?")]
    assert not near(*(Prompt(messages=(system, q), source="x") for q in questions))


@pytest.mark.parametrize("n_prompts", [0, 1])
def test_few_prompts_are_no_trouble(n_prompts: int) -> None:
    assert not near(*[ask("hi")][:n_prompts])


def test_similarity_counts_shared_pieces() -> None:
    assert similarity("abcdef", "abcdef") == 1
    assert similarity("abcdef", "bcdefg") == pytest.approx(1 / 3)
    assert similarity("", "abcdef") == 0


def test_what_is_measured_is_the_jaccard_similarity_where_nothing_is_shared_by_many() -> None:
    one, other = plain_text(ask(LONG)), plain_text(ask(LONG.replace("August", "October")))
    found = neighbours(said({"p": one, "q": other, "r": "naïve 読む"}), 0.5)
    assert found.near == {0: {1: similarity(one, other)}, 1: {0: similarity(one, other)}}


def test_questions_on_one_document_are_not_near() -> None:
    asked = ["Who signs first?", "When does it end, and how?", "May either side sell its share?"]
    prompts = [ask(f"{DOCUMENT}\n\n{question}") for question in asked]
    texts = [plain_text(prompt) for prompt in prompts]
    assert min(similarity(one, other) for one, other in combinations(texts, 2)) > 0.9
    assert not near(*prompts, threshold=0.9)


def test_one_question_asked_twice_on_a_shared_document_is_near() -> None:
    asked = ["Who signs first?", "When does it end, and how?", "When does it end and how?"]
    prompts = [ask(f"{DOCUMENT}\n\n{question}") for question in asked]
    ids = frozenset(prompt.prompt_id for prompt in prompts[1:])
    assert near(*prompts, threshold=0.9) == {ids}


def test_copies_with_a_slip_each_are_near_though_many_share_their_text() -> None:
    copies = {
        str(i): f"{DOCUMENT[:200]}{mark}{DOCUMENT[200:]}" for i, mark in enumerate(("", "x", "y"))
    }
    assert neighbours(said(copies), 0.9).near.keys() == {0, 1, 2}


def test_exact_copies_do_not_make_a_text_shared() -> None:
    other = LONG.replace("brief.", "brief!")
    found = neighbours(said({"a": LONG, "b": LONG, "c": LONG, "d": other}), 0.9)
    assert ids_of(found) == [["a", "b", "c"], ["d"]]
    assert found.near[0] == {1: similarity(LONG, other)}


def test_every_near_pair_of_many_prompts_is_found() -> None:
    draw = random.Random(5)
    words = ["".join(draw.choices("abcdefghiklmnoprstu", k=6)) for _ in range(3000)]
    texts = [" ".join(draw.choices(words, k=30)) for _ in range(1200)]
    edited = [f"{text} {draw.choice(words)}" for text in texts[:400]]
    found = neighbours(said({f"{i:04}": text for i, text in enumerate(texts + edited)}), 0.8)
    assert {(a, b) for a in found.near for b in found.near[a] if a < b} == {
        (i, 1200 + i) for i in range(400)
    }
