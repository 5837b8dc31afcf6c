"""Plug-ins by name: what a settings file may call a judge, a verifier, a filter or a strategy."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from winnow.schemas.errors import UnknownName

T = TypeVar("T")
P = TypeVar("P")


class Registry(Mapping[str, type[T]], Generic[T]):
    """Classes of one sort by name, each with the version that its results carry."""

    def __init__(self, what: str) -> None:
        """Start empty; `what` is the word that messages use, such as "judge"."""
        self.what = what
        self._kinds: dict[str, type[T]] = {}

    def register(self, name: str, *, version: int = 1) -> Callable[[type[P]], type[P]]:
        """Enter a class under a name; sets `name` and `version` on it.

        Raises:
            ValueError: The name is taken.
        """

        def enter(kind: type[P]) -> type[P]:
            if name in self._kinds:
                raise ValueError(f"{self.what} {name!r} is registered twice")
            kind.name, kind.version = name, version  # type: ignore[attr-defined]
            self._kinds[name] = kind  # type: ignore[assignment]
            return kind

        return enter

    def find(self, name: str) -> type[T]:
        """Find the class of a name, such as "pairwise" or, for that version only, "pairwise@1".

        Raises:
            UnknownName: There is no such name, or no longer that version of it.
        """
        known = {f"{n}@{k.version}": k for n, k in self._kinds.items()}  # type: ignore[attr-defined]
        found = known.get(name) if "@" in name else self._kinds.get(name)
        if found is None:
            raise UnknownName.among(self.what, name, known if "@" in name else self._kinds)
        return found

    def __getitem__(self, name: str) -> type[T]:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)
