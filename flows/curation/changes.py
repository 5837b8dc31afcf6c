"""What is new in a run against the newest that was published under its name: settings, models, inputs."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.flows.curation.curation import Curation
from winnow.flows.settings.run import SHORT_FORM
from winnow.pipelines.inference.models import changes_answers
from winnow.pipelines.steps.sequence import PlacedStep
from winnow.schemas.ids import canonical_json
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.prompts import Prompt
from winnow.schemas.runs import Run
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.staging import Staging

_READ = ("prompts", "comparisons", "gold", "queues")
_LISTS = ("sample", "label", "keep")
_NONE = object()
_LONGEST = 32
"""A longer value says only that it changed."""

StepKey = tuple[str, int]
"""Name of a step, and how many of that name stand ahead of it."""


class PlainStep(NamedTuple):
    """A step as settings write it."""

    place: str
    """Where it stands in the settings."""

    settings: Any
    """What stands behind its name."""

    of: str | None = None
    """What it works on."""


class Changes(NamedTuple):
    """What is new since the newest published run of the same name."""

    steps: Mapping[StepKey, Sequence[str]]
    """Changed settings of each step, such as "label[0].temperature default -> 0.7"."""

    models: Mapping[str, str]
    """What changed of a model, by its name in the settings."""

    input: str
    """What is new in the input; empty where nothing is."""


def changes_since(warehouse: Warehouse, curation: Curation, staging: Staging) -> Changes | None:
    """Hold a run against the newest published one of its name; None where there is none.

    Args:
        warehouse: Where it was published.
        curation: The run.
        staging: Holds what it read.
    """
    rows = warehouse.query(
        "SELECT * FROM runs WHERE name = $name ORDER BY finished_at DESC LIMIT 1",
        None,
        {"name": curation.settings.name},
    )
    if not rows.num_rows:
        return None
    (before,) = Run.from_table(rows)
    was, now = json.loads(before.settings), curation.settings.effective()
    known = warehouse.query("SELECT prompt_id FROM prompts")["prompt_id"]
    return Changes(
        steps=dict(_changed_steps(was, now)),
        models=dict(_changed_models(before, was, now, curation)),
        input=", ".join(
            [
                *_changed_input(before, curation, staging, known),
                *(line for key in _READ for line in _differences(was.get(key), now.get(key), key)),
            ]
        ),
    )


def keys_of(sequence: Iterable[PlacedStep]) -> list[StepKey]:
    """Return the key of each step."""
    n_of: Counter[str] = Counter()
    keys = []
    for placed in sequence:
        keys.append((placed.step.name, n_of[placed.step.name]))
        n_of[placed.step.name] += 1
    return keys


def _changed_steps(
    was: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[tuple[StepKey, list[str]]]:
    before, after = plain_steps(was), plain_steps(now)
    for key, step in after.items():
        old = before.get(key)
        if old is None:
            yield key, ["the step is new"]
            continue
        of = _differences(old.of, step.of, f"{step.place.rpartition('.')[0]}.of")
        yield key, [*_differences(old.settings, step.settings, step.place), *of]


def plain_steps(settings: Mapping[str, Any]) -> dict[StepKey, PlainStep]:
    """List the steps of settings as plain data, of either form.

    Args:
        settings: As `CurationSettings.effective` returns them.
    """
    n_of: Counter[str] = Counter()
    found = {}
    for name, step in _listed(settings):
        found[name, n_of[name]] = step
        n_of[name] += 1
    return found


def _listed(settings: Mapping[str, Any]) -> Iterator[tuple[str, PlainStep]]:
    for i, entry in enumerate(settings.get("steps") or ()):
        (name,) = (key for key in entry if key != "of")
        yield name, PlainStep(f"steps[{i}].{name}", entry[name], entry.get("of"))
    if settings.get("steps"):
        return
    rounds = settings.get("rounds")
    for name in SHORT_FORM:
        if name == "label" and rounds:
            continue
        if name == "rounds":
            if rounds:
                said = {"rounds": rounds, "label": settings.get("label", [])}
                yield name, PlainStep("", said)
            continue
        yield name, PlainStep(name, settings.get(name, [] if name in _LISTS else {}))


def _differences(was: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*was, *now]):
            inside = f"{place}.{key}" if place else key
            yield from _differences(was.get(key, _NONE), now.get(key, _NONE), inside)
    elif isinstance(was, list) and isinstance(now, list):
        for i in range(max(len(was), len(now))):
            inside = f"{place}[{i}]"
            if i >= len(was) or i >= len(now):
                yield f"{inside} is {'new' if i >= len(was) else 'gone'}"
            else:
                yield from _differences(was[i], now[i], inside)
    elif was != now:
        old, new = _word(was), _word(now)
        fits = len(old) <= _LONGEST and len(new) <= _LONGEST
        yield f"{place} {old} -> {new}" if fits else f"{place} changed"


def _word(value: Any) -> str:
    if value is _NONE:
        return "default"
    return value if isinstance(value, str) else canonical_json(value)


def _changed_models(
    before: Run, was: Mapping[str, Any], now: Mapping[str, Any], curation: Curation
) -> Iterator[tuple[str, str]]:
    used = {use.name: use for use in before.models}
    for name, model in curation.models.items():
        old, new = (one.get("models", {}).get(name, {}) for one in (was, now))
        keys = [key for key in dict.fromkeys([*old, *new]) if changes_answers(key)]
        changed = [
            line
            for key in keys
            for line in _differences(
                old.get(key, _NONE), new.get(key, _NONE), f"models.{name}.{key}"
            )
        ]
        if not changed and name in used and used[name].revision != model.revision:
            changed = [f"models.{name} has another revision"]
        if changed:
            yield name, ", ".join(changed)


def _changed_input(
    before: Run, curation: Curation, staging: Staging, known: pa.ChunkedArray
) -> Iterator[str]:
    was = json.loads(before.inputs)
    changed = [place for place, found in curation.inputs.items() if was.get(place) != found]
    if not changed:
        return
    ids = staging.read(Prompt)["prompt_id"]
    n_new = pc.sum(pc.invert(pc.is_in(ids, known.combine_chunks()))).as_py() or 0
    if n_new:
        yield f"{counted(n_new, 'prompt')} {agreeing(n_new, 'is', 'are')} new"
    else:
        yield f"{' and '.join(changed)} changed"
