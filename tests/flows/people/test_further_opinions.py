"""What a pull says where people differ and nobody can be asked."""

from winnow.flows.people.further_opinions import why_waiting
from winnow.flows.settings.queue import QueueSettings

SETTINGS = QueueSettings(name="birds", people=("ann", "bob"))
AGAIN = "in the file of queue 'birds' and push it again"


def test_it_is_silent_where_nothing_waits() -> None:
    assert list(why_waiting(SETTINGS, 0, 0, gone=(), is_spent=True)) == []


def test_it_names_the_list_that_has_nobody_left() -> None:
    third, senior = why_waiting(SETTINGS, 2, 1, gone=(), is_spent=False)
    assert third == (
        "2 items on which people differ: nobody is left to ask who has not answered; "
        f"name another in 'people' {AGAIN}, then pull again"
    )
    assert senior.endswith(f"there is no senior left to ask; name one in 'seniors' {AGAIN}")


def test_it_names_a_budget_that_is_spent_and_accounts_that_are_gone() -> None:
    tight = SETTINGS.model_validate({**SETTINGS.model_dump(), "selection": {"max_answers": 8}})
    gone, spent = why_waiting(tight, 1, 1, gone=("eve",), is_spent=True)
    assert gone.startswith("not in Argilla any more, so nothing is asked of them: eve;")
    assert "2 items on which people differ: nobody more is asked" in spent
    assert "the budget of 8 answers is spent" in spent
