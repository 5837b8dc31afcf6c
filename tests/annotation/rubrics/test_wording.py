"""Criteria are refused for the way they are written, each for its own reason."""

import pytest

from winnow.annotation.rubrics.wording import fault_in, names_in

RESPONSE = "Rooks nest high up in the crowns of old elms, close beside each other in colonies."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("***", "empty"),
        ("12", "empty"),
        ("The response is good.", "tautology"),
        ("Helpfulness", "tautology"),
        ("The answer is helpful and of high quality", "tautology"),
        ("Is the best response to the user's question", "tautology"),
        ("The better response is more detailed.", "bound_to_example"),
        ("Response A cites a source.", "bound_to_example"),
        ("Cites more sources than the other response.", "bound_to_example"),
        ("Says that rooks nest high up in the crowns of old elms", "bound_to_example"),
        ("States the unit and cites a source.", "compound"),
        ("The response states the unit, and it also gives the formula.", "compound"),
        ("Gives the year and names the place.", "compound"),
        ("Assistant A cites a source.", "bound_to_example"),
        ("Must name the year; must name the place.", "compound"),
        ("Names the year. Avoids long lists.", "compound"),
        ("Does it name the year? Does it name the place?", "compound"),
    ],
)
def test_what_is_wrong_with_a_criterion_is_named(text: str, reason: str) -> None:
    fault = fault_in(text, responses=[RESPONSE])
    assert fault is not None and fault.reason == reason, fault


@pytest.mark.parametrize(
    "text",
    [
        "States the unit of each figure.",
        "Gives names and dates of the kings.",
        "Lists the pros and cons.",
        "Is correct.",
        "Answers in French.",
        "Explains why, for example with a picture. E.g. a drawing is enough.",
        "Says where rooks nest.",
        "Uses at most 4 sentences.",
        "Nennt die Einheit.",
        "回答引用了来源。",
        "Keeps to one side of the argument.",
        "States that Dr. Smith is the author.",
        "Says that St. Louis has two rivers.",
        "Explains how the U.S. president is elected.",
        "Includes dates and names for each king.",
        "Discusses other options.",
        "Names the first candidate to win both states.",
        "Recommends the second option over renting.",
    ],
)
def test_a_criterion_about_one_thing_that_a_response_shows_by_itself_passes(text: str) -> None:
    assert fault_in(text, responses=[RESPONSE], reference="In elms") is None


def test_a_reference_is_leaked_by_its_words_unless_the_prompt_has_them() -> None:
    leak = fault_in("Gives 1648 as the year of the peace.", reference="1648.")
    assert leak is not None and leak.reason == "leaks_reference"
    assert fault_in("Uses at most 4 words.", reference="4", asked="Answer in 4 words.") is None
    assert fault_in("Names the year of the peace.", reference="1648") is None
    for short in ("No", "A", "No."):
        assert fault_in("Gives a reason, with no side remarks.", reference=short) is None
    for text, short in (("Says Paris.", "Paris"), ("Chooses B.", "B"), ("Finds 4 of them.", "4")):
        leak = fault_in(text, reference=short)
        assert leak is not None and leak.reason == "leaks_reference"
    long = "The Peace of Westphalia ended the war in the autumn of that year in two towns"
    half = fault_in("Says that it ended the war in the autumn of that year", reference=long)
    assert half is not None and half.reason == "leaks_reference"


def test_a_criterion_for_other_prompts_names_nothing_of_one_example() -> None:
    asked = "Who was king of Prussia when Kant wrote? Please name Frederick's successor too."
    assert names_in(asked) == {"Prussia", "Kant", "Frederick"}
    bound = fault_in("Names the kings of Prussia.", names=names_in(asked))
    assert bound is not None and bound.reason == "bound_to_example" and "Prussia" in bound.detail
    assert fault_in("Names each king.", names=names_in(asked)) is None


def test_of_several_names_the_same_is_told_each_time() -> None:
    found = fault_in("Leaves a door open to Kern Ltd.", names=["Ltd", "Kern"])
    assert found is not None and found.detail == "it names 'Kern' of one example"
