import pytest

from winnow.reports.intervals import Share, percent, share
from winnow.reports.pages import page_environment, shown
from winnow.reports.release.data import AnnotatorFigures
from winnow.reports.release.words import is_stand_in, sentences
from winnow.schemas.durations import duration
from winnow.schemas.labels import Annotator


def told(gold: Share | None = None, **facts: object) -> list[str]:
    known = {
        "run_id": "r",
        "annotator_id": "judge",
        "kind": "llm",
        "n_judgments": 10,
        "n_invalid": 0,
    }
    record = Annotator.model_validate(known | {"weight": 1.0} | facts)
    figures = AnnotatorFigures(record, flips=None, first=None, gold=gold)
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in sentences(figures)]


def test_a_share_carries_wilsons_interval() -> None:
    found = share(8, 10)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.001, "under 1 %"), (0.61, "61 %"), (0.999, "over 99 %"), (1.0, "100 %")],
)
def test_a_share_is_never_rounded_to_certainty(value: float, text: str) -> None:
    assert percent(value).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_weight_is_told_as_odds() -> None:
    last = told(weight=2.1972)[-1]
    assert last == (
        "Weight 2.2: given what the others say, one more decisive verdict multiplies the odds of the response it names by 9.0."
    )


def test_a_negative_weight_is_not_called_wrong_more_often_than_right() -> None:
    last = told(weight=-1.0986, accuracy=0.64)[-1]
    assert last.replace("\N{NO-BREAK SPACE}", " ").endswith(
        "divides the odds of the response it names by 3.0; by itself it is right in about 64 %."
    )


def test_an_annotator_of_whom_nothing_could_be_read_is_unread() -> None:
    last = told(n_invalid=10, weight=0.0)[-1]
    assert last == "Unread: no reply of it could be read, so it has no weight and no accuracy."


def test_a_weight_that_rounds_to_nothing_decides_nothing() -> None:
    assert (
        told(weight=-0.04)[-1] == "Weight 0.0: given what the others say, its verdicts add nothing."
    )


def test_few_gold_cases_are_called_few() -> None:
    assert "These are few cases: look at the interval." in told(share(9, 10))[0]
    assert "few" not in told(share(90, 100))[0]


def test_unreadable_replies_are_counted() -> None:
    assert "2 of 10 replies (20 %) could not be read." in told(n_invalid=2)


@pytest.mark.parametrize(
    ("annotator_id", "model", "is_one"),
    [
        ("pairwise@1:tiny", "tiny", True),
        ("pairwise@1:tiny-llama", "tiny-llama", False),
        ("form@1", None, False),
        ("human:tiny", None, False),
    ],
)
def test_only_the_built_in_model_is_called_a_stand_in(
    annotator_id: str, model: str | None, is_one: bool
) -> None:
    counts = {"n_judgments": 1, "n_invalid": 0, "weight": 0.0}
    known = {"run_id": "r", "kind": "llm", "annotator_id": annotator_id, "model": model}
    assert is_stand_in(Annotator.model_validate(known | counts)) is is_one


def test_long_text_is_shortened_and_says_by_how_much() -> None:
    assert shown("x" * 2_500) == "x" * 1_500 + " … (1,000 more characters)"


def test_what_acts_or_hides_is_made_visible_wherever_a_page_shows_it() -> None:
    page = page_environment({"page": "{{ text }} {{ text | shown(3) }}"}).get_template("page")
    assert page.render(text="\x00\x1b\u202e<b>\n") == ("␀␛�&lt;b&gt;\n ␀␛� … (4 more characters)")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250 ms"), (41.2, "41.2 s"), (600, "10 min"), (9000, "2.5 h")],
)
def test_durations_carry_the_unit_that_reads_best(seconds: float, text: str) -> None:
    assert duration(seconds) == text
