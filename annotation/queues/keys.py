"""The keys of the annotators' page, as guidelines and the page itself list them.

The list lies in `server/page/keys.json`, from where the page reads it too. Most keys are Argilla's own and work
wherever Argilla runs; the others (`ours`) only on the page that Winnow serves.
"""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from winnow.schemas.base import Value


class Key(Value):
    """One key, or keys pressed together, and what they do."""

    keys: tuple[str, ...]
    """Keys in the order in which they are written; "+" and "to" stand between keys."""

    does: str
    """What happens, in a few words."""

    tasks: tuple[str, ...] = ()
    """Kinds of task in which the key does that; empty for all."""

    ours: bool = False
    """Whether it works on the page that Winnow serves alone."""


@cache
def all_keys() -> tuple[Key, ...]:
    """Read the list."""
    text = (
        files("winnow.annotation.argilla.server")
        .joinpath("page/keys.json")
        .read_text(encoding="utf-8")
    )
    return tuple(Key.model_validate(row) for row in json.loads(text))


def keys_of(task: str) -> tuple[Key, ...]:
    """Return the keys that do something in a kind of task."""
    return tuple(key for key in all_keys() if not key.tasks or task in key.tasks)


def keys_in_guidelines(task: str) -> str:
    """Write the keys of a kind of task as a section of its guidelines, in Markdown."""
    anywhere = [key for key in keys_of(task) if not key.ours]
    served = [key for key in keys_of(task) if key.ours]
    also = "On the page that `winnow annotate up` serves also:"
    return "\n\n".join(["## Keys", _listed(anywhere), also, _listed(served)])


def _listed(keys: Iterable[Key]) -> str:
    return "\n".join(f"- {_written(key)}: {key.does}" for key in keys)


def _written(key: Key) -> str:
    return " ".join(part if part in ("+", "to") else f"**{part}**" for part in key.keys)
