"""The pages that models read when they derive criteria."""

from winnow.annotation.fence import Fence, defuse
from winnow.annotation.judge import Question, SubjectView
from winnow.annotation.judges.layout import lay_out, lay_out_prompt, lay_out_response
from winnow.annotation.rubrics.deriving.deriver import DerivingView
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Order
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

_CHARS_PER_TOKEN = 2


def page_of_pair(view: DerivingView, order: Order) -> str:
    """Write the page about two responses, as they are shown in an order."""
    return lay_out(
        SubjectView(
            subject_id=view.subject_id,
            prompt=without_reference(view.prompt),
            responses=view.responses,
            places=(0, 1) if order == "ab" else (1, 0),
        )
    )


def page_of_response(view: DerivingView, response: Response) -> str:
    """Write the page about one response; it depends on nothing but the prompt and the response."""
    return lay_out_response(
        SubjectView(
            kind="response",
            subject_id=response.response_id,
            prompt=without_reference(view.prompt),
            responses=(response,),
            places=(0,),
        )
    )


def page_of_prompt(view: DerivingView) -> str:
    """Write the page about a prompt alone, without an answer to it."""
    return lay_out_prompt(without_reference(view.prompt))


def without_reference(prompt: Prompt) -> Prompt:
    """Leave out of a prompt the answer that is known to be good: criteria must not give it away."""
    return prompt if prompt.reference is None else prompt.model_copy(update={"reference": None})


def fenced(tag: str, text: str) -> str:
    """Put a text between tags of its own, and take the effect from what could end a turn."""
    return Fence.against([text]).wrap(tag, defuse(text))


def question(system: str, page: str, schema: str, longest: int) -> Question:
    """Write a question.

    Args:
        system: What the model is to do.
        page: What it reads.
        schema: JSON schema of the reply.
        longest: Characters of the longest reply.
    """
    return Question(
        messages=(Message(role="system", content=system), Message(role="user", content=page)),
        json_schema=schema,
        max_tokens=longest // _CHARS_PER_TOKEN + 128,
    )


def told(name: str, guidelines: str, **values: object) -> str:
    """Fill in what a model is told: guidelines, and the rules that hold for all criteria."""
    text = load_prompt(name).substitute(
        guidelines=guidelines, rules=load_prompt("derive_rules").template.strip(), **values
    )
    return text.replace("\n\n\n", "\n").strip()


def words_of_prompt(prompt: Prompt) -> str:
    """Return all words of a prompt that may be quoted: turns, calls, documents and tools."""
    turns = [_words(turn) for turn in prompt.messages]
    return "\n".join([*turns, *prompt.contexts, prompt.tools or ""])


def words_of_response(response: Response) -> str:
    """Return all words of a response that may be quoted, calls and what tools gave back among them."""
    return "\n".join(map(_words, response.as_turns()))


def _words(turn: Message) -> str:
    calls = [f"{call.name} {call.arguments}" for call in turn.tool_calls]
    return "\n".join([turn.text(), *calls])
