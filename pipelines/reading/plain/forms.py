"""Forms: the keys of an object with the types of their values, by which rows are told that all read alike.

The first row of each form goes the way of a single row, which notes all that reading it notes: columns, settings and words
that had an effect. What reads like one that was taken in so notes nothing more.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from winnow.pipelines.reading.usage import Usage, is_empty

_MOST_KEYS = 100
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

    def of(self, objects: Iterable[Mapping[str, Any]]) -> list[RowForm]:
        """Return the form of each object."""
        keys = [(*one, *map(type, one.values())) for one in objects]
        for key in set(keys) - self._forms.keys():
            self._forms[key] = self._made(key)
        known = self._usage.shown(self._inside)
        for form in self._forms.values():
            form.unshown = [name for name in form.types if name not in known]
        return [self._forms[key] for key in keys]

    def _made(self, key: tuple[Any, ...]) -> RowForm:
        n = len(key) // 2
        types = {
            name: kind
            for name, kind in zip(key[:n], key[n:], strict=True)
            if kind is not type(None)
        }
        return RowForm(types, self._plan(types) if n <= _MOST_KEYS else None)


def shows_something(one: Mapping[str, Any], form: RowForm) -> bool:
    """Tell whether an object has a value of which an example is still wanted."""
    return any(not is_empty(one[name]) for name in form.unshown)
