import pytest

from winnow.schemas.runs import ModelUse, cached_share, count_in_words, sum_known


def use(n_requests: int, n_tokens: int | None, n_uncounted: int = 0) -> ModelUse:
    return ModelUse(
        name="far",
        model="m",
        revision=None,
        engine="openai",
        n_requests=n_requests,
        n_prompt_tokens=n_tokens,
        n_tokens=n_tokens,
        n_uncounted=n_uncounted,
    )


def test_tokens_that_nobody_counted_stay_unknown_in_a_sum() -> None:
    assert use(2, 10) + use(3, None, 3) == use(5, 10, 3)
    assert use(2, None, 2) + use(3, None, 3) == use(5, None, 5)
    assert use(2, None, 2) + use(0, 0) == use(2, None, 2)


@pytest.mark.parametrize(
    ("counts", "total"), [([], 0), ([1, 2], 3), ([1, None], 1), ([None, None], None)]
)
def test_a_sum_is_of_what_is_known(counts: list[int | None], total: int | None) -> None:
    assert sum_known(counts) == total


def test_a_sum_says_what_is_unknown() -> None:
    said = [count_in_words(1234), count_in_words(1234, 1), count_in_words(None, 1)]
    assert said == ["1,234", "at least 1,234", "unknown"]


def test_the_share_from_the_cache_is_known_where_it_is_of_every_answer() -> None:
    def cached(n: int | None, n_read: int | None = 100, n_uncounted: int = 0) -> ModelUse:
        return use(4, n_read, n_uncounted).model_copy(update={"n_cached_tokens": n})

    assert cached_share([cached(25)]) == 0.25
    assert cached_share([cached(25) + cached(75)]) == cached_share([cached(25), cached(75)]) == 0.5
    assert cached_share([cached(0)]) == 0.0
    unknown = (
        cached(None),
        cached(None) + cached(75),
        cached(0, 0),
        cached(0, None),
        cached(1, 9, 1),
    )
    assert [cached_share([u]) for u in unknown] == [None] * len(unknown)
    assert cached_share([]) is None


def test_a_use_from_before_answers_could_be_uncounted_is_read() -> None:
    row = use(2, 10).model_dump()
    assert ModelUse.model_validate({**row, "n_uncounted": None}) == use(2, 10)
    del row["n_uncounted"]
    assert ModelUse.model_validate(row) == use(2, 10)
