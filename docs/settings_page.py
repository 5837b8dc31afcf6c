"""`docs/settings.md`: every key of every settings file, told from the models that check the files."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from docs.environment import VARIABLES
from docs.examples import examples, home_of
from docs.sections import SECTIONS, Section
from docs.values import default_of, models_in, words_of
from winnow.annotation.aggregation.methods import METHODS
from winnow.annotation.judges import JUDGES
from winnow.annotation.queues.tasks import TASKS
from winnow.annotation.verifiers import VERIFIERS
from winnow.flows.settings.queue import QueueSettings
from winnow.pipelines.filters import FILTERS
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.pairing import STRATEGIES
from winnow.pipelines.shortcuts.rebalance import BALANCED
from winnow.pipelines.steps import STEPS
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.sequence import StepSettings
from winnow.schemas.field_docstrings import descriptions
from winnow.warehouse.export.formats import FORMATS
from winnow.warehouse.export.settings import ExportSettings

_INTRO = """# Settings

Every key of every settings file. `python -m docs` writes this page from the definitions that check the files, so it is
complete: a key that is not here is refused by name. Files are YAML, or JSON. `winnow validate run.yaml` checks one.

| file | read by | keys |
|---|---|---|
| settings of a run | `winnow run`, `plan`, `validate`, `doctor` | [Run](#run) |
| settings of rounds | `winnow rounds`, `plan`, `validate`, `doctor` | [Rounds](#rounds) |
| settings of an evaluation | `winnow evaluate --config`, `winnow probe --config` | [Evaluation](#evaluation) |
| settings of a queue of people | `winnow annotate push` | [Queue](#queue) |
| the environment | every command | [Environment variables](#environment-variables) |

An empty default: nothing holds where the key is left out. Every example comes from a file in `docs/every-key/`, and a test
loads them all.
"""

_ENVIRONMENT = """## Environment variables

Every key of a run, of rounds and of an evaluation can be set by a variable: `WINNOW_`, then the keys in capitals with two
underscores between them. It wins over the file. A list or a map is given as JSON.

| variable | sets |
|---|---|
| `WINNOW_WAREHOUSE__PATH=/data/winnow` | `warehouse: {path: /data/winnow}` |
| `WINNOW_RELEASE=nightly` | `release: nightly` |
| `WINNOW_BEAM='{"runner": "FlinkRunner"}'` | `beam: {runner: FlinkRunner}` |

These are read as well. Keys and passwords come from the environment alone, never from a file.
"""

_NAMES: dict[tuple[type[BaseModel], str], Iterable[str]] = {
    (StepSettings, "step"): STEPS,
    (CompareSettings, "strategy"): STRATEGIES,
    (JudgeSettings, "judge"): JUDGES,
    (VerifierSettings, "verifier"): VERIFIERS,
    (AggregateSettings, "method"): METHODS,
    (FilterSettings, "filter"): FILTERS,
    (AssembleSettings, "rebalance"): BALANCED,
    (ExportSettings, "format"): FORMATS,
    (QueueSettings, "task"): TASKS,
}
"""Keys that hold the names of plug-ins."""

_TITLES = {section.model: section.title for section in SECTIONS}


def settings_page() -> str:
    """Write the page."""
    given = examples()
    parts = [_INTRO]
    for section in SECTIONS:
        parts.append(_section(section, given))
        if section.model is AggregateSettings:
            parts.append(_named_table("#### Methods", ("method", "label"), _methods()))
        if section.model is FilterSettings:
            parts.append(_named_table("#### Filters", ("filter", "threshold", "default", "what it compares with", "meaning"), _filters()))  # fmt: skip
    variables = ((f"`{v.name}`", v.meaning, f"`{v.example}`") for v in VARIABLES)
    parts.append(_ENVIRONMENT)
    parts.append(_table(("variable", "meaning", "example"), variables))
    return "\n".join(parts)


def _section(section: Section, given: Mapping[Any, str]) -> str:
    model = section.model
    inherited = [b for b in model.__mro__[1:] if b in _TITLES]
    known = {name for base in inherited for name in base.model_fields}
    own = [name for name in model.model_fields if name not in known.union(section.hides)]
    says = section.says or _first_sentence(model)
    if known and section.level > 2:
        title = _TITLES[inherited[0]]
        says += f" {'Also' if own else 'It has'} the keys of [{title.lower()}]({_link(title)})."
    if not own and not known:
        says += " It has no keys."
    text = f"{'#' * section.level} {section.title}\n\n{says}\n"
    if not own:
        return text
    columns = ("key", "value", "default", "meaning", "example")
    return f"{text}\n{_table(columns, (_row(model, name, given) for name in own))}"


def _row(model: type[BaseModel], name: str, given: Mapping[Any, str]) -> tuple[str, ...]:
    field = model.model_fields[name]
    values = words_of(field.annotation, field.metadata)
    if names := _NAMES.get((model, name)):
        one_of = ", ".join(f"`{n}`" for n in names)
        values = f"a list of {one_of}" if values.startswith("a list") else one_of
    meaning = " ".join(descriptions(model)[name].split())
    within = [_TITLES[m] for m in models_in(field.annotation) if m in _TITLES]
    if within:
        meaning += f" Keys: {', '.join(f'[{title}]({_link(title)})' for title in within)}."
    example = given.get((home_of(model, name), name))
    shown = f"`{name}: {example}`" if example is not None else ""
    return f"`{name}`", values, default_of(field), meaning, shown


def _methods() -> Iterator[tuple[str, ...]]:
    for name, method in METHODS.items():
        yield f"`{name}`", _first_sentence(method)


def _filters() -> Iterator[tuple[str, ...]]:
    for name, kind in FILTERS.items():
        field = kind.model_fields["threshold"]  # type: ignore[attr-defined]
        yield (
            f"`{name}`",
            words_of(field.annotation, field.metadata),
            default_of(field),
            " ".join(descriptions(kind)["threshold"].split()),
            _first_sentence(kind),
        )


def _named_table(heading: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return f"{heading}\n\n{_table(columns, rows)}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)  # fmt: skip


def _link(title: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _first_sentence(thing: Any) -> str:
    paragraph = " ".join((thing.__doc__ or "").strip().split("\n\n")[0].split())
    return paragraph.split(". ")[0].removesuffix(".") + "."
