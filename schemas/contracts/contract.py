"""What a contract consists of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from winnow.schemas.base import Record

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation


@dataclass(frozen=True)
class Contract:
    """A suite of expectations on the staged rows of one table."""

    record: type[Record]
    """Whose table."""

    view: str
    """DuckDB SQL for one flat row a staged row; its column `id` is the row's key in words.

    It may read `staged_<table>`, the rows to be published, and `known_<table>`, those together with the rows that the
    warehouse already holds, each key once. Long text stays out of it.
    """

    expectations: Callable[[], "list[Expectation]"]
    """Makes the suite; called late, since importing Great Expectations takes seconds.

    Each expectation has a description: the sentence that holds when it does.
    """


def none_of(column: str, description: str) -> "Expectation":
    """Expect a count, such as `n_missing_evidence`, to be 0 in every row."""
    return between(column, 0, 0, description)


def between(column: str, low: float, high: float | None, description: str) -> "Expectation":
    """Expect a number in a closed range; a null passes, so nullable columns may use it."""
    import great_expectations.expectations as gxe

    bounds: dict[str, Any] = {"min_value": low, "max_value": high}
    return gxe.ExpectColumnValuesToBeBetween(column=column, description=description, **bounds)


def unique(description: str, column: str = "id") -> "Expectation":
    """Expect no value twice."""
    import great_expectations.expectations as gxe

    return gxe.ExpectColumnValuesToBeUnique(column=column, description=description)


def one_of(column: str, values: tuple[str, ...], description: str) -> "Expectation":
    """Expect values of a list; a null passes, so nullable columns may use it."""
    import great_expectations.expectations as gxe

    return gxe.ExpectColumnValuesToBeInSet(
        column=column, value_set=list(values), description=description
    )
