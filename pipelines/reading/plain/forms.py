"""Forms: the keys of an object with the types of their values, by which rows are told that all read alike."""

from collections.abc import Callable, Iterable
from typing import Any

from winnow.pipelines.reading.plain.keys import Objects, Types

_MOST_KEYS = 100
MOST_FORMS = 2000
"""Forms at one place of a source; where keys are data, each row may have one of its own."""

FormKey = tuple[Any, ...]
"""The keys of an object, and behind them the types of their values."""


class RowForm:
    """What objects with the same keys and types of values have in common."""

    def __init__(self, key: FormKey, types: Types, plan: Any) -> None:
        self.key = key
        self.types = types
        self.plan = plan
        """How it is read; None where it has to be read alone."""


class RowForms:
    """The forms of the objects at one place of a source."""

    def __init__(self, plan: Callable[[Types], Any]) -> None:
        """Begin with none; `plan` says how objects of these types are read together, None where they cannot be."""
        self._plan = plan
        self._forms: dict[FormKey, RowForm] = {}
        self._other = RowForm((), {}, None)

    def of(self, found: Objects) -> list[RowForm]:
        """Return the form of each object; those of too many keys, or of one form too many, share one and are read alone."""
        if found.keys is None:
            return self._found((*one, *map(type, one.values())) for one in found.objects)
        # Nearly always all have the same keys, and most columns values of one type.
        types = [[*map(type, found.column(key))] for key in found.keys]
        distinct = {*zip(*types, strict=True)} if any(len({*one}) > 1 for one in types) else None
        if distinct is None:
            return self._found([(*found.keys, *(one[0] for one in types))]) * len(found.objects)
        forms = {one: self._found([(*found.keys, *one)])[0] for one in distinct}
        return [forms[one] for one in zip(*types, strict=True)]

    def _found(self, keys: Iterable[FormKey]) -> list[RowForm]:
        forms = self._forms
        return [forms.get(key) or self._form(key) for key in keys]

    def _form(self, key: FormKey) -> RowForm:
        n = len(key) // 2
        if n > _MOST_KEYS or len(self._forms) >= MOST_FORMS:
            return self._other
        form = self._forms[key] = self._made(key, n)
        return form

    def _made(self, key: FormKey, n: int) -> RowForm:
        types = {
            name: kind
            for name, kind in zip(key[:n], key[n:], strict=True)
            if kind is not type(None)
        }
        return RowForm(key, types, self._plan(types))
