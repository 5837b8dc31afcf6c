"""Forms: the keys of an object with the types of their values, by which rows are told that all read alike.

The first row of each form goes the way of a single row, which notes all that reading it notes: columns, settings and words
that had an effect. What reads like one that was taken in so notes nothing more.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from winnow.pipelines.reading.usage import Usage, is_empty

_MOST_KEYS = 100
_MOST_FORMS = 2000
"""Forms at one place of a source; where keys are data, each row may have one of its own."""

Types = Mapping[str, type]
"""Type of each value that is there, by its key."""


class RowForm:
    """What objects with the same keys and types of values have in common."""

    def __init__(self, types: Types, plan: Any) -> None:
        self.types = types
        self.plan = plan
        """How it is read; None where it has to be read alone."""

        self.is_learned = False
        """Whether one was taken in."""

        self.unshown: list[str] = []
        """Keys of which no example was noted, since they were empty so far."""


class RowForms:
    """The forms of the objects at one place of a source."""

    def __init__(self, plan: Callable[[Types], Any], usage: Usage, inside: str = "") -> None:
        """Begin with none.

        Args:
            plan: Says how objects of these types are read together; None where they cannot be.
            usage: Notes of the source.
            inside: What the paths of their columns begin with there.
        """
        self._plan = plan
        self._usage = usage
        self._inside = inside
        self._forms: dict[tuple[Any, ...], RowForm] = {}
        self._other = RowForm({}, None)

    def of(self, objects: Iterable[Mapping[str, Any]]) -> list[RowForm]:
        """Return the form of each object; those of too many keys, or of one form too many, share one and are read alone."""
        keys = [(*one, *map(type, one.values())) for one in objects]
        found = {key: self._form(key) for key in dict.fromkeys(keys)}
        known = self._usage.shown(self._inside)
        for form in found.values():
            form.unshown = [name for name in form.types if name not in known]
        return [found[key] for key in keys]

    def _form(self, key: tuple[Any, ...]) -> RowForm:
        form, n = self._forms.get(key), len(key) // 2
        if form is None and n <= _MOST_KEYS and len(self._forms) < _MOST_FORMS:
            form = self._forms[key] = self._made(key, n)
        return form or self._other

    def _made(self, key: tuple[Any, ...], n: int) -> RowForm:
        types = {
            name: kind
            for name, kind in zip(key[:n], key[n:], strict=True)
            if kind is not type(None)
        }
        return RowForm(types, self._plan(types))


def shows_something(one: Mapping[str, Any], form: RowForm) -> bool:
    """Tell whether an object has a value of which an example is still wanted."""
    return any(not is_empty(one[name]) for name in form.unshown)
