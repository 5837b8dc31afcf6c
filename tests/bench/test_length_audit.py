import numpy as np
import pytest

from bench._length_audit import LengthAudit, audit_length

PROMPT = np.repeat(np.arange(40), 3)


def test_the_sum_of_a_model_that_finds_all_tokens_alike_is_nothing_but_length() -> None:
    length = np.random.default_rng(1).integers(5, 400, len(PROMPT)).astype(float)
    assert audit_length(-2.0 * length, length, PROMPT) == pytest.approx(LengthAudit(-1.0, 1.0, 0.0))
    found = audit_length(np.full(len(PROMPT), -2.0), length, PROMPT)  # its mean says nothing at all
    assert found == (None, None, None)


def test_ratings_that_know_nothing_of_length_are_not_flagged() -> None:
    rng = np.random.default_rng(2)
    prompt = np.repeat(np.arange(2000), 2)
    found = audit_length(rng.normal(size=4000), rng.integers(5, 400, 4000).astype(float), prompt)
    assert found == pytest.approx(LengthAudit(0.0, 0.5, 0.5), abs=0.05)


def test_prompts_of_other_lengths_are_not_taken_for_a_preference() -> None:
    prompt = np.repeat(np.arange(30), 2)
    length = np.repeat(np.arange(30) * 100.0, 2) + np.tile([0.0, 10.0], 30)
    rating = np.repeat(np.arange(30) * 5.0, 2) + np.where(np.arange(60) % 4 < 2, 1, -1) * np.tile(
        [0.0, 1.0], 30
    )
    found = audit_length(rating, length, prompt)
    assert found.spearman == pytest.approx(0.0, abs=1e-9)
    assert (found.shortest, found.longest) == (0.5, 0.5)
