import pytest

from winnow.annotation.queues.keys import all_keys, keys_in_guidelines, keys_of
from winnow.annotation.queues.tasks import TASKS


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_every_kind_of_task_lists_how_to_answer_submit_and_go_on(kind: str) -> None:
    section = keys_in_guidelines(kind)
    for done in ("submit;", "discard the item", "next item", "next question"):
        assert done in section
    assert section.index("Ctrl** + **Enter") > section.index("annotate up")


def test_a_key_of_one_task_is_not_listed_in_another() -> None:
    assert "mark evidence" in keys_in_guidelines("checklist")
    assert "mark evidence" not in keys_in_guidelines("pairwise")
    assert {task for key in all_keys() for task in key.tasks} <= set(TASKS)


def test_no_two_keys_of_a_task_are_the_same() -> None:
    for kind in TASKS:
        combinations = [key.keys for key in keys_of(kind)]
        assert len(combinations) == len(set(combinations))
