"""What `winnow validate` finds out of a run's models: whether servers do what is asked of them, and what has room."""

from collections.abc import Sequence

from winnow.flows.curation.curation import Curation
from winnow.flows.curation.servers import try_servers
from winnow.pipelines.fitting import Fitting
from winnow.pipelines.guard import stop_for
from winnow.pipelines.inference.contexts import local_context
from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.server_trial import MOST_QUESTIONS, MOST_TOKENS, Tried
from winnow.pipelines.question_sizes import Ask
from winnow.schemas.errors import InvalidSettings


def check_models(curation: Curation, asks: Sequence[Ask], *, asks_servers: bool) -> None:
    """Try the servers, and hold what is asked against the contexts that are known; prints a line of each.

    Args:
        curation: The run.
        asks: What it asks, at its shortest and longest.
        asks_servers: Whether servers may be asked anything.

    Raises:
        InvalidSettings: A server cannot be used; a line of each.
        Unpublishable: An entry asks nothing that has room.
    """
    tried = _try(curation) if asks_servers else []
    contexts = {name: local_context(model) for name, model in curation.models.items()}
    for one in tried:
        known = [c for c in (contexts.get(one.model), one.context) if c]
        contexts[one.model] = min(known, default=None)
    fitting = Fitting(curation.models, contexts)
    for warning in fitting.warnings(asks):
        curation.progress.warn(warning)
    if broken := [one for one in tried if not one.works]:
        raise InvalidSettings("\n".join(f"models.{one.model}: {one.line()}" for one in broken))
    stop_for(list(fitting.doubts(asks)), curation.settings.allow)


def _try(curation: Curation) -> list[Tried]:
    settings, progress = curation.settings, curation.progress
    names = [n for n, m in curation.models.items() if isinstance(m.settings, OpenAIModel)]
    if not names:
        return []
    progress.say(
        f"  servers    each is asked {MOST_QUESTIONS} questions at most, {MOST_TOKENS} tokens an answer; --offline asks none"
    )
    tried = try_servers(settings, names)
    for one in tried:
        if one.works:
            progress.say(f"  server     models.{one.model}: {one.line()}")
        for doubt in one.doubts:
            progress.warn(f"models.{one.model}: {one.url} {doubt}")
    return tried
