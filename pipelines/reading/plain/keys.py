"""Keys: what rows call our columns."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from winnow.pipelines.reading.plain.forms import Types

_NOTHING = type(None)


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

    def column(
        self, name: str, rows: Sequence[Mapping[str, Any]], held: Container[str] | None = None
    ) -> list[Any]:
        """Return the values of a column, None where a row has none.

        Args:
            name: Our name of it.
            rows: The rows.
            held: Keys that hold something in any of them; None where that is not known.
        """
        key = self.columns.get(name, name)
        if key is None or (held is not None and key not in held):
            return [None] * len(rows)
        return [row.get(key) for row in rows]


INNER = Keys({})
"""Names in the objects that a row holds, which are ours."""
