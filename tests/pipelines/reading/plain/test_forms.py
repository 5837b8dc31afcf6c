from collections.abc import Collection
from typing import Any

from winnow.pipelines.reading.plain.forms import RowForms, Types
from winnow.pipelines.reading.usage import Usage

N = 10_000


class _Asked(dict[str, str]):
    """Examples by column, which count how often one is asked for."""

    n = 0

    def __contains__(self, column: object) -> bool:
        self.n += 1
        return super().__contains__(column)


class _AskedUsage(Usage):
    def __init__(self) -> None:
        super().__init__()
        self.asked = _Asked()

    def shown(self, inside: str) -> Collection[str]:
        return self.asked


def test_of_rows_that_all_have_a_form_of_their_own_most_share_one_and_are_read_alone() -> None:
    planned: list[Types] = []

    def plan(types: Types) -> bool:
        planned.append(types)
        return True

    forms = RowForms(plan, Usage())
    usual = {"prompt": "one"}
    (first,) = forms.of([usual])
    found = forms.of({f"key {i}": "one"} for i in range(N))
    assert len(planned) < N / 2
    assert len({id(form) for form in found}) <= len(planned)
    assert not found[-1].plan
    assert forms.of([usual]) == [first]


def test_forms_are_looked_at_only_where_a_row_has_them() -> None:
    usage = _AskedUsage()
    forms = RowForms(lambda types: True, usage)
    forms.of({f"key {i}": "one"} for i in range(100))
    usage.asked.n = 0
    rows: list[dict[str, Any]] = [{"key 1": "two"}, {"key 1": "three"}, {"key 2": "four"}]
    assert [form.unshown for form in forms.of(rows)] == [["key 1"], ["key 1"], ["key 2"]]
    assert usage.asked.n == 2
