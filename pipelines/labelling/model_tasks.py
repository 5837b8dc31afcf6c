"""Whether judges are given models that do what they ask for: answer conversations, or score them."""

from collections.abc import Iterable, Mapping

from winnow.pipelines.inference.models import AnyModel, find_model
from winnow.pipelines.labelling.settings import JudgeSettings


def check_model_tasks(
    annotators: Iterable[tuple[str, object]], models: Mapping[str, AnyModel]
) -> None:
    """Check judges among annotators, by place in the settings, against the models that they name.

    Raises:
        ValueError: A judge of answers is given a reward model, or one of scores another.
    """
    for place, entry in annotators:
        if not isinstance(entry, JudgeSettings):
            continue
        wanted = entry.drawn_once.model_task
        for key, name in entry.model_names.items():
            does = getattr(find_model(name, models), "task", "chat")
            if does != wanted:
                raise ValueError(
                    f"{place}.{key}: the judge {entry.judge} asks models with task: {wanted}, and {name} is one with "
                    f"task: {does}; name another model, or correct its task"
                )
