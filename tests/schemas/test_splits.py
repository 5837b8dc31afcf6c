from collections import Counter

import pyarrow as pa

from winnow.schemas.splits import split_of, splits_of

PROMPTS = [f"prompt {i}" for i in range(10_000)]


def test_shares_are_met_within_what_chance_allows() -> None:
    counts = Counter(split_of(p, {"train": 0.9, "test": 0.1}) for p in PROMPTS)
    assert 900 < counts["test"] < 1100
    assert counts["train"] + counts["test"] == 10_000


def test_the_split_of_a_prompt_is_fixed_forever() -> None:
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}
    assert [split_of(p, shares) for p in PROMPTS[:5]] == [
        "train", "validation", "train", "validation", "train",
    ]  # fmt: skip
    together = splits_of(pa.array(PROMPTS), shares).to_pylist()
    assert together == [split_of(p, shares) for p in PROMPTS]


def test_a_test_prompt_stays_one_when_a_split_is_added_or_the_share_grows() -> None:
    before = {p for p in PROMPTS if split_of(p, {"train": 0.9, "test": 0.1}) == "test"}
    shares = {"test": 0.2, "probe": 0.1, "validation": 0.1, "train": 0.6}
    assert before <= {p for p in PROMPTS if split_of(p, shares) == "test"}


def test_one_split_takes_everything() -> None:
    assert {split_of(p, {"train": 1.0}) for p in PROMPTS} == {"train"}
