"""Keys: what rows call our columns."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any

_NOTHING = type(None)

Types = Mapping[str, type]
"""Type of each value that is there, by its key."""


class Objects:
    """Objects, whose values are taken out column by column; n of them."""

    def __init__(self, objects: Iterable[Mapping[str, Any]]) -> None:
        self.objects = list(objects)
        orders = {*map(tuple, self.objects)}
        self._held = frozenset().union(*orders)
        self.keys: tuple[str, ...] | None = orders.pop() if len(orders) == 1 else None
        """Their keys, where all have the same in the same order; None where they differ."""

        self._columns: dict[str, tuple[Any, ...]] = {}
        if self.keys is not None:
            values = zip(*(one.values() for one in self.objects), strict=True)
            self._columns = dict(zip(self.keys, values, strict=True))

    def only(self, are_kept: Sequence[bool]) -> "Objects":
        """Return those of the objects that are kept; shape (n,)."""
        return self if all(are_kept) else Objects(compress(self.objects, are_kept))

    def column(self, key: str) -> Sequence[Any]:
        """Return the values of a key, None where an object has none; shape (n,)."""
        if key not in self._held:
            return [None] * len(self.objects)
        return self._columns.get(key) or [one.get(key) for one in self.objects]


class Keys:
    """The rows' own names of our columns."""

    def __init__(self, columns: Mapping[str, str | None]) -> None:
        """Take the names that differ, as the settings give them; None for a column that is left unread."""
        self.columns = columns

    def type_of(self, name: str, types: Types) -> type:
        """Return the type of a column's values; that of None where it holds none."""
        key = self.columns.get(name, name)
        return _NOTHING if key is None else types.get(key, _NOTHING)

    def are(self, name: str, kinds: Sequence[type], types: Types) -> bool:
        """Tell whether a column holds values of one of some types."""
        return self.type_of(name, types) in kinds

    def lack(self, names: Iterable[str], types: Types) -> bool:
        """Tell whether some columns hold nothing."""
        return all(self.type_of(name, types) is _NOTHING for name in names)

    def value(self, name: str, row: Mapping[str, Any]) -> Any:
        """Return the value of a column in a row, None where it has none."""
        key = self.columns.get(name, name)
        return None if key is None else row.get(key)

    def column(self, name: str, rows: Objects) -> Sequence[Any]:
        """Return the values of a column, None where a row has none; shape (n,)."""
        key = self.columns.get(name, name)
        return [None] * len(rows.objects) if key is None else rows.column(key)


INNER = Keys({})
"""Names in the objects that a row holds, which are ours."""
