"""Forms: the keys of an object with the types of their values, by which rows are told that all read alike."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_MOST_KEYS = 100
MOST_FORMS = 2000
"""Forms at one place of a source; where keys are data, each row may have one of its own."""

Types = Mapping[str, type]
"""Type of each value that is there, by its key."""

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

    def of(self, objects: Iterable[Mapping[str, Any]]) -> list[RowForm]:
        """Return the form of each object; those of too many keys, or of one form too many, share one and are read alone."""
        forms = self._forms
        keys = [(*one, *map(type, one.values())) for one in objects]
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
