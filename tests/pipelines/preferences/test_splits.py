import random
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pipelines.near.texts import ids_of, said
from tests.pipelines.toy import ask
from winnow.pipelines.near import Neighbours, read_texts
from winnow.pipelines.near.neighbours import neighbours
from winnow.pipelines.preferences.splits import (
    MANY,
    NOTHING,
    Placement,
    PublishedPrompts,
    place_asked,
    place_texts,
)
from winnow.schemas.preferences import Split
from winnow.schemas.prompts import Prompt
from winnow.schemas.splits import split_of

HALVES: dict[Split, float] = {"train": 0.5, "test": 0.5}
REPLY = "Write a friendly out-of-office reply for the first week of August, number"


class Placed(NamedTuple):
    """A placement by prompt_id."""

    splits: dict[str, Split]
    left_out: dict[str, str]
    groups: dict[str, str]


def by_id(placed: Placement) -> Placed:
    ids, splits, groups = (column.to_pylist() for column in placed[:3])
    return Placed(
        dict(zip(ids, splits, strict=True)), placed.left_out, dict(zip(ids, groups, strict=True))
    )


def place(prompts: list[Prompt], published: PublishedPrompts = NOTHING) -> Placed:
    asked = read_texts(Prompt.to_table(prompts))
    return by_id(place_asked(asked, published, HALVES, 0.8))


def after(prompts: Mapping[Prompt, Split]) -> PublishedPrompts:
    return PublishedPrompts(Prompt.to_table(prompts), {p.prompt_id: s for p, s in prompts.items()})


def test_a_prompt_that_is_near_to_no_other_goes_where_its_own_id_says() -> None:
    prompts = [ask("Why is the sky blue?"), ask("Name three rivers."), ask("What is 17 * 23?")]
    shares = {str(name): share for name, share in HALVES.items()}
    ids = [prompt.prompt_id for prompt in prompts]
    alone = {i: i for i in ids}
    assert place(prompts) == Placed({i: split_of(i, shares) for i in ids}, {}, alone)


def test_newcomers_that_are_near_go_together_in_any_order() -> None:
    prompts = [ask(f"{REPLY} {i}") for i in range(12)]
    placed = place(prompts)
    assert len(set(placed.splits.values())) == 1
    assert place(prompts[::-1]) == placed


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_newcomer_joins_the_published_prompt_that_it_is_near_to(split: Split) -> None:
    old, new = ask(f"{REPLY} 1"), ask(f"{REPLY} 2")
    placed = place([new], after({old: split}))
    assert placed.splits == {new.prompt_id: split}


def test_a_published_prompt_keeps_its_split_whatever_the_shares_say() -> None:
    old, new = ask(f"{REPLY} 1"), ask(f"{REPLY} 2")
    placed = place([old, new], after({old: "validation"}))
    assert set(placed.splits.values()) == {"validation"}
    assert set(placed.groups.values()) == {min(old.prompt_id, new.prompt_id)}


def test_old_prompts_that_are_near_on_two_sides_are_taken_as_they_are() -> None:
    one, two = ask(f"{REPLY} 1"), ask(f"{REPLY} 2")
    placed = place([one, two], after({one: "train", two: "test"}))
    assert placed.splits == {one.prompt_id: "train", two.prompt_id: "test"}
    assert placed.groups == {one.prompt_id: one.prompt_id, two.prompt_id: two.prompt_id}


def test_a_newcomer_near_to_both_sides_is_left_out_with_whom_it_is_near_to() -> None:
    words = [f"word{i}" for i in range(60)]
    ends = ask(" ".join(words[:50])), ask(" ".join(words[6:56]))
    between = ask(" ".join(words[3:53]))
    placed = place([between], after({ends[0]: "train", ends[1]: "test"}))
    assert placed.splits == {}
    assert placed.left_out == {
        between.prompt_id: f"0.90 similar to prompt {ends[1].prompt_id} in test and "
        f"0.90 similar to prompt {ends[0].prompt_id} in train"
    }


def edits(draw: random.Random, texts: list[str], n: int) -> list[str]:
    """Give texts near to those of `texts`, and to each other, in chains and in bunches."""
    found = list(texts)
    for _ in range(n):
        words = draw.choice(found).split()
        words[draw.randrange(len(words))] = f"new{draw.randrange(99)}"
        found.append(" ".join(words))
    return found[len(texts) :]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_over_releases_no_prompt_moves_and_no_group_crosses_the_sides(seed: int) -> None:
    draw = random.Random(seed)
    words = ["".join(draw.choices("abcdefghiklmnoprstu", k=6)) for _ in range(400)]
    texts = [" ".join(draw.choices(words, k=20)) for _ in range(30)]
    known: dict[str, Split] = {}
    for _ in range(3):
        texts += edits(draw, texts, 40)
        by_prompt = {hash_of(text): text for text in texts}
        ids = set(by_prompt)
        found = neighbours(said(by_prompt), 0.8, many=MANY)
        placed = by_id(place_texts(found, known, HALVES, found.prompt_id))
        assert known.items() <= placed.splits.items()
        assert placed.splits.keys() | placed.left_out.keys() == ids
        assert not crossing(found, placed.splits)
        known = placed.splits


def hash_of(text: str) -> str:
    return ask(text).prompt_id


def crossing(found: Neighbours, splits: Mapping[str, Split]) -> list[tuple[int, int]]:
    sides = [{splits[i] for i in ids if i in splits} for ids in ids_of(found)]
    return [(a, b) for a in found.near for b in found.near[a] if len(sides[a] | sides[b]) > 1]
