"""Models of one served name at different addresses: requests do not tell them apart, so the settings must."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from winnow.pipelines.inference.addresses import same_address
from winnow.pipelines.inference.models import AnyModel, OpenAIModel


def check_told_apart(models: Mapping[str, AnyModel], called: Iterable[str]) -> None:
    """Check that no two models a run calls would be taken for one: the second would never be asked.

    Args:
        models: Models by their names in the settings.
        called: Names of those that are called; one that is not in `models` is built in.

    Raises:
        ValueError: Two have one served name, no address in common and nothing that tells them apart.
    """
    servers = {n: m for n in called if isinstance(m := models.get(n), OpenAIModel)}
    for (one, first), (other, second) in combinations(servers.items(), 2):
        if _identity(first) == _identity(second) and not _addresses(first) & _addresses(second):
            raise ValueError(
                f"models.{one} and models.{other} are both {first.model!r}, at {', '.join(first.urls)} and at "
                f"{', '.join(second.urls)}: one would get the answers of the other; if they are two models, give one a "
                f"'revision' (models.{other}.revision: {other}); if they are the same, list all urls under one name"
            )


def _identity(model: OpenAIModel) -> dict[str, object]:
    """Return what requests to a model depend on."""
    return model.model_dump(
        include={"model", "revision", "chat_template_kwargs", "extra_body", "parses_tool_calls"}
    )


def _addresses(model: OpenAIModel) -> set[str]:
    return {same_address(url) for url in model.urls}
