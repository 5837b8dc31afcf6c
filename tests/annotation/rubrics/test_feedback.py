"""Binary principles from what people wrote, and from what they made of responses."""

from typing import Any

import pytest

from tests.annotation.rubrics.deriving import (
    BUSH,
    ELM,
    comparison,
    page,
    reading,
    replies,
    said,
    why,
)
from winnow.annotation.rubrics.deriving import DerivingView, FeedbackDeriver
from winnow.annotation.rubrics.deriving.deriver import Derived

WAY = FeedbackDeriver()
ADA = "It says how this is known, which I liked, though it could name the country."
BEN = "Good that it says how it is known."
EVE = "It never tells how it is known!"


def about_elm(*words: Any) -> DerivingView:
    return comparison(
        better=None,
        subject_id=ELM.response_id,
        responses=(ELM,),
        said=tuple(words),
    )


def principle(quote: str, criterion: str, answer: str = "yes", **more: str) -> dict[str, str]:
    return {"quote": quote, "criterion": criterion, "answer": answer, **more}


def read(view: DerivingView, *lists: list[Any], way: FeedbackDeriver = WAY) -> Derived:
    return reading(way, view, *({"principles": entries} for entries in lists))


KNOWN = principle("says how this is known", "Says how it is known.")


def test_each_persons_words_are_asked_about_by_themselves() -> None:
    one, other = WAY.ask(about_elm(said(ADA), said(BEN, "ben")))
    assert ADA in page(one) and BEN not in page(one)
    assert BEN in page(other) and str(ELM.text) in page(other)


def test_a_principle_keeps_the_judgment_and_the_words_it_came_from() -> None:
    (draft,) = read(about_elm(said(ADA)), [KNOWN]).drafts
    assert [(s.kind, s.subject_id, s.quote) for s in draft.sources] == [
        ("judgment", "judgment of ada", "says how this is known")
    ]


@pytest.mark.parametrize(
    ("entries", "reasons"),
    [
        ([], []),
        ([principle("its rhymes are a wonder to hear", "Rhymes.")], ["unsupported"]),
        ([principle("It", "Says how it is known.")], ["unsupported"]),
        ([principle("as ringing data of 1998 show", "Says how it is known.")], ["unsupported"]),
        ([principle("says how this is known", "Helpfulness")], ["tautology"]),
        ([principle("says how this is known", " helpful ")], ["tautology"]),
        ([principle("could name the country", "Names the country.", "partially")], ["partial"]),
        ([principle("says how this is known", "Says how.", "maybe")], ["unsupported"]),
        ([KNOWN, {**KNOWN, "answer": "no"}], ["contradicts", "contradicts"]),
        ([{"criterion": "Says how."}, "Says how."], ["unsupported", "unsupported"]),
    ],
)  # fmt: skip
def test_what_a_persons_words_do_not_bear_out_is_refused(
    entries: list[Any], reasons: list[str]
) -> None:
    found = read(about_elm(said(ADA)), entries)
    assert [one.reason for one in found.refused] == reasons
    assert found.drafts == ()


def test_no_principle_is_an_answer_and_no_list_is_none() -> None:
    assert WAY.read(about_elm(said(ADA)), replies("nothing to say")) is None


def test_what_several_people_name_comes_first_and_rests_on_each_of_them() -> None:
    country = principle("could name the country", "Names the country.", "no")
    other = principle("says how it is known", "It says how it is known.")
    found = read(about_elm(said(ADA), said(BEN, "ben")), [country, KNOWN], [other])
    assert [(d.text, d.weight) for d in found.drafts] == [
        ("Says how it is known.", 2.0),
        ("Names the country.", 1.0),
    ]
    assert [s.subject_id for s in found.drafts[0].sources] == ["judgment of ada", "judgment of ben"]
    assert [s.reply for s in found.drafts[0].sources] == [0, 1]


def test_people_who_contradict_each_other_make_no_criterion() -> None:
    no = principle("never tells how it is known", "Says how it is known.", "no")
    found = read(about_elm(said(ADA), said(EVE, "eve")), [KNOWN], [no])
    assert found.drafts == () and why(found) == {"Says how it is known.": "people_disagree"}


def test_of_one_person_alone_nothing_is_agreed() -> None:
    strict = FeedbackDeriver(agreed_only=True)
    assert why(read(about_elm(said(ADA)), [KNOWN], way=strict)) == {
        "Says how it is known.": "people_disagree"
    }
    other = principle("says how it is known", "It says how it is known.")
    assert read(about_elm(said(ADA), said(BEN, "ben")), [KNOWN], [other], way=strict).drafts


def test_a_response_is_named_by_the_place_where_the_person_saw_it() -> None:
    text = "The first one says how it is known."
    for order in ("ab", "ba"):
        view = comparison("ab", said=(said(text, order=order),))
        (question,) = WAY.ask(view)
        first = view.responses["ab".index(order[0])]
        shown = page(question)
        assert shown.index(str(first.text)) == min(shown.index(str(r.text)) for r in (ELM, BUSH))
        entry = principle(
            "first one says how it is known", "Says how it is known.", response="first"
        )
        assert read(view, [entry]).drafts
    missing = principle("first one says how it is known", "Says how it is known.")
    assert [one.reason for one in read(view, [missing]).refused] == ["unsupported"]


def test_an_edit_without_words_speaks_through_what_was_changed() -> None:
    for made in ({"made": "edited"}, {"parent_id": BUSH.response_id}):
        for better in ("elm", "bush", None):  # whatever the label says of it
            sides = [ELM.model_copy(update=made), BUSH]
            a, b = sorted(sides, key=lambda r: r.response_id)
            view = comparison("ab", better, is_edit=True, responses=(a, b), said=(said(""),))
            (question,) = WAY.ask(view)
            place = "first" if a == sides[0] else "second"
            assert f"The {place} response is what the person made of the other." in page(question)
            entry = principle("ringing data of 1998", "Says how it is known.", response=place)
            assert read(view, [entry]).drafts


def test_of_an_edit_that_nobody_recorded_nothing_is_said() -> None:
    (question,) = WAY.ask(comparison("ab", is_edit=True, said=(said(ADA),)))
    assert "is what the person made of the other" not in page(question)
