"""A server tried with a few tiny questions, asked as a run asks: what it does, and what it refuses."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from winnow.pipelines.inference.contexts import listed_context, listed_names
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.openai_engine import OpenAIEngine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result, Sampling
from winnow.schemas.errors import GO_ON, CurationError
from winnow.schemas.prompts import Message

LIMIT_S = 10.0
"""Longest wait for a server, first for one answer and then for all others together, in seconds."""
MOST_QUESTIONS = 5
MOST_TOKENS = 32
"""Tokens of each answer, at the most."""
_SMALL = {"max_tokens": MOST_TOKENS}

_PLAIN = "a plain question"
_WHICH = ("a", "another", "a third")
_JUDGED = "a system turn and a JSON schema"
_LOGPROBS = "log-probabilities"
_NO_LOGPROBS = "gives no log-probabilities, which sample asks for"

_SAYS_YES = "Answer with the word yes."
_SYSTEM = (
    "You are asked which of two words is the longer one. Count the letters of each word, one after the other, and then "
    "count them again, so that you are sure of it. Say first if the first word has more letters than the second, say "
    "second if the second has more letters than the first, and say tie if both of them have just as many letters."
)
_ASKED = "Which word is longer, barn or granary? Answer in the form that you were told."
_SYSTEM_TOKENS = 40
"""Fewer than any tokenizer makes of `_SYSTEM`."""
_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"verdict": {"enum": ["first", "second", "tie"]}},
        "required": ["verdict"],
        "additionalProperties": False,
    }
)


class Wanted(NamedTuple):
    """What a run asks of a model, beside an answer."""

    samplings: tuple[Sampling, ...] = ()
    """How responses are sampled, each way once."""

    judges: tuple[Sampling, ...] = ()
    """How judges ask: with a system turn and a JSON schema; the first is tried."""

    scores_logprobs: bool = False
    """Whether responses are chosen by their log-probabilities."""


class Tried(NamedTuple):
    """What came of trying a server."""

    model: str
    """Name of the model in the settings."""

    url: str
    """Base address of the server; empty where none was asked."""

    works: bool
    """Whether the run can use it."""

    found: str
    """What it did, or its own words, and the way out."""

    doubts: tuple[str, ...] = ()
    """What a run should know and can live with."""

    context: int | None = None
    """Context in tokens; None where the server does not tell."""

    def line(self) -> str:
        """Say it in a line that names the server."""
        is_named = not self.url or self.url in self.found
        return self.found if is_named else f"{self.url}: {self.found}"


async def try_server(model: ModelRef, settings: OpenAIModel, url: str, wanted: Wanted) -> Tried:
    """Ask one server of a model what a run will ask, in small; a server that is dead is said within `LIMIT_S`.

    Args:
        model: The model.
        settings: Its settings.
        url: The server.
        wanted: What the run asks of it.
    """
    soon = {"timeout_s": LIMIT_S, "deadline_s": 0.8 * LIMIT_S, "max_backoff_s": 1.0}
    own = settings.model_copy(update={"urls": (url,), **soon})
    engine = OpenAIEngine(model.model_copy(update={"settings": own}), own)
    try:
        answered = await _ask(engine, list(_questions(model, settings, wanted)))
    except TimeoutError:
        found = (
            f"no answer within {LIMIT_S:g} s; start the server or correct urls (a run waits up to deadline_s, "
            f"{settings.deadline_s:g} s)"
        )
        return Tried(model.name, url, works=False, found=found)
    except CurationError as error:
        names = listed_names(await _listing(engine))
        known = f"; it serves {', '.join(names[:5])}" if names and model.path not in names else ""
        said = str(error).removeprefix(f"models.{model.name}: ").replace(GO_ON, "")
        return Tried(model.name, url, works=False, found=f"{said}{known}")
    if trouble := _trouble(wanted, answered):
        return Tried(model.name, url, works=False, found=trouble)
    context = listed_context(await _listing(engine), model.path)
    lacks_logprobs = _lacks_logprobs(answered)
    does = [what for what in answered if not (lacks_logprobs and what.endswith(_LOGPROBS))]
    does += [f"context {context:,}"] if context else []
    doubts = tuple(_doubts(engine, answered, wanted))
    return Tried(model.name, url, True, f"answers {', '.join(does)}", doubts, context)


async def _ask(
    engine: OpenAIEngine, questions: Sequence[tuple[str, ChatRequest]]
) -> dict[str, Result]:
    """Ask the plainest question, and the others at once where it was answered.

    Raises:
        TimeoutError: The first, or the others together, took too long.
    """
    (first, plainest), *others = questions
    async with asyncio.timeout(LIMIT_S):
        (answer,) = await _answers(engine, [plainest])
    if isinstance(answer, Failure):
        return {first: answer}
    async with asyncio.timeout(LIMIT_S):
        answers = await _answers(engine, [request for _, request in others])
    return {first: answer, **dict(zip([what for what, _ in others], answers, strict=True))}


async def _answers(engine: OpenAIEngine, requests: Sequence[ChatRequest]) -> list[Result]:
    """Have requests answered; gives a result each, in their order."""
    found: dict[str, Result] = {}

    def keep(result: Result) -> None:
        found[result.request_id] = result

    await engine.answer(requests, keep)
    return [found[r.request_id] for r in requests]


def _trouble(wanted: Wanted, answered: Mapping[str, Result]) -> str:
    """Say why a run could not use the server; empty where it can."""
    failed = [f"{what}: {a.detail}" for what, a in answered.items() if isinstance(a, Failure)]
    if failed:
        way_out = "extra_body takes a field out of what is sent, such as {seed: null}"
        return f"refuses {'; '.join(failed)}; {way_out}"
    if wanted.scores_logprobs and _lacks_logprobs(answered):
        return f"{_NO_LOGPROBS}, and compare.score is logprob; choose another score or server"
    return ""


async def served_context(model: ModelRef, settings: OpenAIModel) -> int | None:
    """Read the context of a model as its servers list it; None where they do not tell, or not soon."""
    listing = await _listing(OpenAIEngine(model, settings))
    return listed_context(listing, model.path)


async def _listing(engine: OpenAIEngine) -> object | None:
    try:
        async with asyncio.timeout(LIMIT_S / 4):
            return await engine.models()
    except (TimeoutError, CurationError):
        return None


def _questions(
    model: ModelRef, settings: OpenAIModel, wanted: Wanted
) -> Iterator[tuple[str, ChatRequest]]:
    """List the questions with what each tries, the plainest first."""
    said = Message(role="user", content=_SAYS_YES)
    if settings.task == "reward":
        reply = Message(role="assistant", content="yes")
        yield "scores of a reward model", model.ask(messages=(said, reply), task="reward")
        return
    plain = Sampling(temperature=0.0, max_tokens=MOST_TOKENS)
    yield _PLAIN, model.ask(messages=(said,), sampling=plain)
    asked = Message(role="user", content=_ASKED)
    ways = dict.fromkeys(s.model_copy(update=_SMALL) for s in wanted.samplings)
    for which, sampling in zip(_WHICH, ways, strict=False):
        seed = "seed" if sampling.temperature else "temperature 0"
        logprobs = "" if sampling.logprobs is None else f" and {_LOGPROBS}"
        yield (
            f"{which} sample with {seed}{logprobs}",
            model.ask(messages=(asked,), sampling=sampling),
        )
    for sampling in dict.fromkeys(wanted.judges[:1]):
        turns = (Message(role="system", content=_SYSTEM), asked)
        small = sampling.model_copy(update=_SMALL)
        yield (
            _JUDGED,
            model.ask(messages=turns, sampling=small, json_schema=_SCHEMA),
        )


def _lacks_logprobs(answered: Mapping[str, Result]) -> bool:
    asked = [a for what, a in answered.items() if what.endswith(_LOGPROBS)]
    return any(isinstance(a, Completion) and a.logprob is None for a in asked)


def _doubts(engine: OpenAIEngine, answered: Mapping[str, Result], wanted: Wanted) -> Iterator[str]:
    if _lacks_logprobs(answered):
        yield _NO_LOGPROBS
    plain, judged = answered.get(_PLAIN), answered.get(_JUDGED)
    if not isinstance(judged, Completion) or not isinstance(plain, Completion):
        return
    asks_logprobs = any(sampling.logprobs is not None for sampling in wanted.judges)
    if asks_logprobs and not any(token.top for token in judged.token_logprobs):
        yield (
            "gives no log-probabilities with alternatives, which a judge asks for: what it would read from them, such as "
            "the key probability, stays unknown"
        )
    if not engine.takes.system:
        yield "takes no system turn: a run puts its words before the user's"
    elif _is_left_out(plain.n_prompt_tokens, judged.n_prompt_tokens):
        yield (
            "seems to leave the system turn out, which tells judges what to do; give the server a chat template that "
            "takes one (vllm serve --chat-template)"
        )
    answer = judged.parted().answer.strip()
    if judged.finish_reason == "stop" and not _is_verdict(answer):
        yield f"does not keep to a JSON schema, so that verdicts may be unreadable: it said {answer[:80]!r}"


def _is_left_out(n_plain: int | None, n_judged: int | None) -> bool:
    """Whether the tokens read tell that a system turn was not; some servers count nothing, or always the same."""
    return bool(n_plain and n_judged and 0 < n_judged - n_plain < _SYSTEM_TOKENS)


def _is_verdict(text: str) -> bool:
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("verdict") in ("first", "second", "tie")
