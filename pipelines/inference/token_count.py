"""Tokens of a conversation as a local model reads it, counted without starting an engine."""

from collections.abc import Callable, Sequence
from typing import Any

from winnow.pipelines.inference.contexts import model_folder
from winnow.pipelines.inference.messages import to_openai
from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.turns_taken import find_takes
from winnow.schemas.model_input import as_taken
from winnow.schemas.prompts import Message


def counter(model: ModelRef) -> Callable[[Sequence[Message]], int] | None:
    """Load what counts the tokens that vLLM in this process would read; None where the model does not lie here."""
    settings, folder = model.settings, model_folder(model)
    if not isinstance(settings, VllmModel) or folder is None:
        return None
    try:
        from transformers import AutoTokenizer

        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    except Exception:  # whatever is wrong with it, the engine itself will say
        return None
    template = settings.chat_template.read_text("utf-8") if settings.chat_template else None

    def render(turns: Sequence[Message]) -> str:
        kwargs = {"add_generation_prompt": True, **settings.chat_template_kwargs}
        text: str = tokenizer.apply_chat_template(
            to_openai(turns), chat_template=template, tokenize=False, **kwargs
        )
        return text

    takes = find_takes(render)
    return lambda turns: len(
        tokenizer(render(as_taken(turns, takes)), add_special_tokens=False)["input_ids"]
    )
