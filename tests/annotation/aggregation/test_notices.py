import pyarrow as pa

from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.notices import notice
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.votes import read_votes


def noticed(table: pa.Table) -> str:
    votes = read_votes(table)
    return "; ".join(notice(votes, gather_opinions(votes)))


FINE = [(str(i), name, None, "ab"[i % 2]) for i in range(12) for name in "xyz"]


def test_nothing_odd_is_not_mentioned() -> None:
    assert noticed(judgments(*FINE)) == ""


def test_repeated_judgments_are_counted() -> None:
    text = noticed(judgments(*FINE, FINE[0], FINE[0]))
    assert text.startswith("2 judgments repeat an item, annotator and order")


def test_item_without_a_readable_judgment_is_named() -> None:
    text = noticed(judgments(*FINE, ("bare", "x", None, "invalid")))
    assert text == "1 item ('bare') without a readable judgment: its label is the prior"


def test_annotator_that_was_never_read_is_named_as_unread() -> None:
    text = noticed(judgments(*FINE, *[(str(i), "mute", None, "invalid") for i in range(12)]))
    assert text == (
        "1 annotator ('mute') without a readable judgment: unread, it has no weight and no accuracy"
    )


def test_annotator_with_one_label_is_named() -> None:
    text = noticed(judgments(*FINE, ("0", "guest", None, "a")))
    assert text == "1 annotator ('guest') with one item only: weighed like an average annotator"


def test_constant_annotator_is_named() -> None:
    text = noticed(judgments(*FINE, *[(str(i), "stuck", None, "a") for i in range(12)]))
    assert text == "1 annotator ('stuck') with the same verdict on every item, 10 or more"


def test_single_annotator_has_nothing_to_compare_with() -> None:
    text = noticed(judgments(*[row for row in FINE if row[1] == "x"]))
    assert text.startswith("one annotator only")
