"""The example of every key: what the settings files in `docs/every-key/` say there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from docs.values import written
from winnow.annotation.aggregation.target import Target
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.settings.queue import QueueSettings
from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.settings.rubric_steps import RubricStepsSettings
from winnow.flows.settings.run import CurationSettings
from winnow.schemas.plug_ins import PlugInSettings

_FOLDER = Path(__file__).parent / "every-key"
KINDS: dict[str, type[BaseModel]] = {
    "run.yaml": CurationSettings,
    "rounds.yaml": RoundsSettings,
    "evaluation.yaml": EvaluationSettings,
    "queue.yaml": QueueSettings,
    "rubrics.yaml": RubricStepsSettings,
}
"""What each file holds: one document a way in which the settings can be written."""

_LONGEST = 60
"""Characters of an example of a key that has keys of its own."""

Key = tuple[type[BaseModel], str]


def home_of(model: type[BaseModel], name: str) -> type[BaseModel]:
    """Find the model that defines a key: the model itself, or what it inherits the key from."""
    if issubclass(model, PlugInSettings):
        return model
    bases = [base for base in model.__mro__ if issubclass(base, BaseModel)]
    return next(base for base in reversed(bases) if name in base.model_fields)


def examples() -> dict[Key, str]:
    """Collect an example of each key that the files set, by the model that defines it."""
    found: dict[Key, str] = {}
    for file, kind in KINDS.items():
        for document in yaml.safe_load_all((_FOLDER / file).read_text(encoding="utf-8")):
            for model, name, value in _set_in(kind.model_validate(document)):
                found.setdefault((home_of(model, name), name), value)
    return found


def _set_in(settings: BaseModel) -> Iterator[tuple[type[BaseModel], str, str]]:
    """List every key that is set, with its value as YAML; of keys that hold models, those inside."""
    for name in type(settings).model_fields:
        if name not in settings.model_fields_set:
            continue
        value = getattr(settings, name)
        inner = list(_models(value))
        for one in inner:
            yield from _set_in(one)
        text = str(value) if isinstance(value, Target) else _written(settings, name)
        if not inner or (len(text) <= _LONGEST and not isinstance(inner[0], PlugInSettings)):
            yield type(settings), name, text
    if isinstance(plug_in := _plug_in(settings), BaseModel):
        yield from _set_in(plug_in)


def _written(settings: BaseModel, name: str) -> str:
    plain = settings.model_dump(mode="json", include={name}, exclude_unset=True)
    # A step is written by its name alone, as the key of its settings.
    return written(plain.get(name, getattr(settings, name)))


def _plug_in(settings: BaseModel) -> Any:
    return settings.build() if isinstance(settings, PlugInSettings) else None


def _models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _models(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _models(part)
