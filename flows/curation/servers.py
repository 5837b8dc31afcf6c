"""The servers that settings name: tried as a run will ask them, and asked for the contexts of their models."""

import asyncio
from collections.abc import Iterable, Mapping

from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.inference.contexts import local_context
from winnow.pipelines.inference.models import ModelRef, OpenAIModel, identify
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.inference.server_trial import Tried, Wanted, served_context, try_server
from winnow.pipelines.labelling.settings import judges_of
from winnow.pipelines.steps.sequence import (
    annotators_in,
    comparisons_in,
    refinements_in,
    samples_in,
)
from winnow.schemas.errors import InvalidSettings


def try_servers(settings: CurationSettings, names: Iterable[str]) -> list[Tried]:
    """Ask every server of some models a few tiny questions, all at once; it takes about 20 s at the most.

    Args:
        settings: The run.
        names: Names of models in the settings; what no server runs is passed over.
    """
    return asyncio.run(_try_all(settings, names))


def known_contexts(models: Mapping[str, ModelRef]) -> dict[str, int | None]:
    """Return the contexts of models in tokens, by name; None where only an answer will tell. Servers are asked, not models."""
    return asyncio.run(_contexts(models))


async def _try_all(settings: CurationSettings, names: Iterable[str]) -> list[Tried]:
    trials = []
    unknown = []
    for name in names:
        chosen = settings.models.get(name)
        if not isinstance(chosen, OpenAIModel):
            continue
        try:
            model = identify(chosen, settings.warehouse.folders.models, name=name)
        except InvalidSettings as error:
            said = str(error).removeprefix(f"models.{name}.")
            unknown.append(Tried(name, "", works=False, found=said))
            continue
        wanted = _wanted(settings, name)
        trials += [try_server(model, chosen, url, wanted) for url in chosen.urls]
    return [*unknown, *await asyncio.gather(*trials)]


async def _contexts(models: Mapping[str, ModelRef]) -> dict[str, int | None]:
    served = {n: m.settings for n, m in models.items() if isinstance(m.settings, OpenAIModel)}
    told = await asyncio.gather(*(served_context(models[n], s) for n, s in served.items()))
    return {n: local_context(m) for n, m in models.items()} | dict(zip(served, told, strict=True))


def _wanted(settings: CurationSettings, name: str) -> Wanted:
    sequence = settings.sequence
    samplings = (
        *(entry.sampling() for _, entry in samples_in(sequence) if entry.model == name),
        *(step.sampling() for step in refinements_in(sequence) if step.model == name),
    )
    asking = [
        Sampling(temperature=judge.temperature, logprobs=judge.build().logprobs)
        for judge in judges_of(entry for _, entry in annotators_in(sequence))
        if name in judge.model_names.values()
    ]
    return Wanted(
        samplings=samplings,
        judges=tuple(sorted(asking, key=lambda sampling: sampling.logprobs is None)),
        scores_logprobs=any(c.build().scored_by == "logprob" for c in comparisons_in(sequence)),
    )
