"""The page that a judge reads: all that questions about one prompt share first, the responses last."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import is_
from typing import Any, TypeVar

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.judge import Exemplar, SubjectView
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.responses import Response
from winnow.schemas.step_spans import turns_of

T = TypeVar("T")


def of_the_last(function: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function made of its last arguments: subjects with the same texts stand behind one another."""
    last: list[tuple[tuple[Any, ...], T]] = []

    def kept(*args: Any) -> T:
        for known, made in last:
            if len(known) == len(args) and all(map(is_, known, args)):
                return made
        made = function(*args)
        last[:] = [(args, made)]
        return made

    return kept


DEFAULT_GUIDELINES = (
    "- Correct before complete, complete before well written.\n"
    "- Follow what was asked: language, form, length, every condition.\n"
    "- Invented facts, sources or results weigh more than gaps that are admitted.\n"
    "- Do not reward padding, flattery or needless refusal."
)
"""What a better response does, where the settings do not say."""


def lay_out_exemplars(exemplars: Iterable[Exemplar]) -> str:
    """Write the pages of exemplars, each with what people found."""
    return "\n\n".join(_exemplar(exemplar) for exemplar in exemplars)


def lay_out(view: SubjectView, *, criteria: str = "") -> str:
    """Write the page about two responses: tools, documents, conversation, reference, criteria, then the responses as shown.

    The fence of the first part depends on the prompt alone, so that every comparison of one prompt, in either
    order, begins alike, and the engine's prefix cache serves them all.
    """
    fence, pages = _pages(*view.responses)
    first, second = (pages[i] for i in view.places)
    shared = _shared_page(view.prompt)
    if criteria:
        shared = f"{shared}\n\n{criteria}"
    return f"{shared}\n\n{fence.wrap('first', first)}\n\n{fence.wrap('second', second)}"


def lay_out_response(view: SubjectView) -> str:
    """Write the page about one response; it begins like every page about its prompt."""
    fence, (page,) = _pages(*view.responses)
    return f"{_shared_page(view.prompt)}\n\n{fence.wrap('response', page)}"


def lay_out_numbered(view: SubjectView) -> str:
    """Write the page about one response with the number of each of its turns, such as <turn_3_tool-...>."""
    (response,) = view.responses
    fence = Fence.against([_plain(response)])
    turns = "\n".join(
        fence.wrap(f"turn_{n}_{turn.role}", _turn(turn, fence))
        for n, turn in enumerate(response.as_turns(), 1)
    )
    return f"{_shared_page(view.prompt)}\n\n{fence.wrap('response', turns)}"


def lay_out_steps(view: SubjectView, reference: Sequence[str]) -> str:
    """Write the page about one response with the number of each of its steps, such as <step_3-...>.

    Args:
        view: The response, with where its steps lie.
        reference: The steps of the reference, which stand numbered in its place.
    """
    (response,) = view.responses
    fence, own = Fence.against([_plain(response)]), Fence.against(reference)
    turns = response.as_turns()
    steps = "\n".join(
        fence.wrap(f"step_{step.index + 1}", _step(turns_of(turns, step), fence, response))
        for step in view.steps
    )
    pages = [_shared_page(view.prompt.model_copy(update={"reference": None}))]
    if reference:
        numbered = (
            own.wrap(f"step_{i}", defuse(text).strip("\n")) for i, text in enumerate(reference, 1)
        )
        pages.append(own.wrap("reference", "\n".join(numbered)))
    return "\n\n".join([*pages, fence.wrap("response", steps)])


def lay_out_group(view: SubjectView) -> str:
    """Write the page with any number of responses, as shown; it begins like every page about its prompt."""
    fence, pages = _pages(*view.responses)
    shown = (fence.wrap(f"response_{n}", pages[i]) for n, i in enumerate(view.places, 1))
    return "\n\n".join([_shared_page(view.prompt), *shown])


def lay_out_prompt(prompt: Prompt) -> str:
    """Write the page about a prompt alone, with which every page about it begins."""
    return _shared_page(prompt)


@of_the_last
def _shared_page(prompt: Prompt) -> str:
    """Write what all pages about a prompt begin with."""
    return "\n\n".join(_shared(prompt))


@of_the_last
def _pages(*responses: Response) -> tuple[Fence, list[str]]:
    """Write responses, whatever the order in which they are shown, and find the fence for them."""
    fence = Fence.against([_plain(response) for response in responses])
    return fence, [_response(response, fence) for response in responses]


def _exemplar(exemplar: Exemplar) -> str:
    page, why = lay_out(exemplar.view.subject(exemplar.order)), defuse(exemplar.why).strip()
    fence = Fence.against([page, why])
    parts = [page, fence.wrap("verdict", exemplar.place)]
    if why:
        parts.append(fence.wrap("why", why))
    return fence.wrap("example", "\n\n".join(parts))


def _shared(prompt: Prompt) -> Iterator[str]:
    told = model_input(prompt)
    begun = (told.beginning,) if told.beginning else ()
    turns = [_plain(turn) for turn in (*told.turns, *begun)]
    fence = Fence.against([*turns, *told.documents, told.tools or "", prompt.reference or ""])
    if told.tools:
        yield fence.wrap("tools", defuse(told.tools))
    for document in told.documents:
        yield fence.wrap("document", defuse(document))
    yield fence.wrap("conversation", _turns(told.turns, fence))
    for turn in begun:
        yield fence.wrap("every_response_goes_on_from", _turn(turn, fence))
    if prompt.reference is not None:
        yield fence.wrap("reference", defuse(prompt.reference))


def _plain(said: Message | Response) -> str:
    if isinstance(said, Response):
        return "\n".join(map(_plain, said.as_turns()))
    calls = "".join(f"{call.name}{call.arguments}" for call in said.tool_calls)
    return f"{said.name or ''}{_text(said)}{calls}"


def _text(said: Message) -> str:
    images = sum(part.type == "image" for part in said.parts)
    return "\n".join([said.text(), *["(an image that is not shown here)"] * images])


def _turns(turns: Iterable[Message], fence: Fence) -> str:
    return "\n".join(fence.wrap(turn.role, _turn(turn, fence)) for turn in turns)


def _turn(turn: Message, fence: Fence) -> str:
    name = [fence.wrap("name", defuse(turn.name))] if turn.name else []
    return "\n".join([*name, defuse(_text(turn)), *_calls(turn.tool_calls, fence)]).strip("\n")


def _response(response: Response, fence: Fence) -> str:
    """Write what was answered; several turns each in tags of their own, as in the conversation."""
    if response.turns:
        return _turns(response.as_turns(), fence)
    if response.parts:
        return _turn(response.as_turns()[-1], fence)
    return "\n".join([defuse(response.turn_texts()[-1]), *_calls(response.tool_calls, fence)])


def _step(turns: Sequence[Message], fence: Fence, response: Response) -> str:
    """Write one step; of a response with several turns each in tags of its own."""
    if response.turns:
        return _turns(turns, fence)
    return "\n".join(_turn(turn, fence) for turn in turns)


def _calls(calls: tuple[ToolCall, ...], fence: Fence) -> list[str]:
    return [fence.wrap("call", defuse(f"{call.name} {call.arguments}")) for call in calls]
