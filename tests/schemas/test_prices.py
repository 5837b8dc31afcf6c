import json

import pytest

from tests import toy
from winnow.schemas.prices import Price, in_words, spent_by, total_in_words
from winnow.schemas.runs import ModelUse

PRICED = {"read": 2.0, "generated": 10.0}


def use(name: str, n_read: int | None, n_generated: int | None) -> ModelUse:
    return ModelUse(
        name=name,
        model=name,
        revision=None,
        engine="openai",
        n_requests=3,
        n_prompt_tokens=n_read,
        n_tokens=n_generated,
        n_uncounted=0 if n_read else 3,
    )


def test_a_price_is_for_a_million_tokens_and_of_unknown_ones_unknown() -> None:
    price = Price.model_validate(PRICED)
    assert price.of(500_000, 100_000) == pytest.approx(2.0)
    assert price.of(None, 100_000) is None
    assert price.of(500_000, None) is None


def test_a_run_spent_what_its_models_have_a_price_for() -> None:
    settings = {"name": "toy", "models": {"dear": {"price": PRICED}, "dark": {"price": PRICED}}}
    uses = (use("dear", 500_000, 100_000), use("dark", None, None), use("own", 7, 7))
    run = toy.run().model_copy(update={"settings": json.dumps(settings), "models": uses})
    dear, dark, own = spent_by(run)
    assert (dear.cost, dear.is_whole) == (pytest.approx(2.0), True)
    assert (dark.cost, dark.is_whole) == (None, False)
    assert (own.cost, own.is_whole) == (None, False)
    assert total_in_words([dear]) == "2.00"
    assert total_in_words([dear, dark, own]) == "at least 2.00"
    assert total_in_words([dark, own]) == ""


def test_a_run_without_prices_spent_nobody_knows_what() -> None:
    assert [one.cost for one in spent_by(toy.run())] == [None]


@pytest.mark.parametrize(
    ("cost", "is_whole", "said"),
    [
        (None, False, "unknown"),
        (1234.5, True, "1,234.50"),
        (0.0123456, True, "0.0123"),
        (2.0, False, "at least 2.00"),
        (0.0, True, "0"),
    ],
)
def test_costs_in_words(cost: float | None, is_whole: bool, said: str) -> None:
    assert in_words(cost, is_whole=is_whole) == said
