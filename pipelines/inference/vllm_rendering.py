"""Requests as the model reads them: turns written by the chat template, then cut into tokens."""

from functools import cached_property
from typing import Any

from winnow.pipelines.inference.messages import read_tools, to_openai
from winnow.pipelines.inference.models import VllmModel
from winnow.pipelines.inference.requests import ChatRequest


class Rendering:
    """Renders requests, and keeps the last one: samples of a conversation come one after the other, and share that."""

    def __init__(self, settings: VllmModel) -> None:
        self._settings = settings
        self._last: tuple[Any, Any] | None = None

    def render(self, renderer: Any, request: ChatRequest) -> Any:
        """Return what vLLM takes as a prompt, its tokens among it.

        Args:
            renderer: VLLM's own, with the model's tokenizer.
            request: The request, its turns written as the template takes them.

        Raises:
            Exception: The template does not take it; what is raised is the template's own.
        """
        asked = (request.messages, request.tools, request.task, request.goes_on)
        last = self._last
        if last and last[0] == asked:
            return dict(last[1])
        prompt = self._render_anew(renderer, request)
        # Pictures are vLLM's to keep.
        self._last = (asked, prompt) if prompt["type"] == "token" else None
        return prompt

    def _render_anew(self, renderer: Any, request: ChatRequest) -> Any:
        from vllm.renderers import ChatParams

        kwargs = {
            "add_generation_prompt": request.task == "chat" and not request.goes_on,
            "continue_final_message": request.goes_on,
            "tools": read_tools(request.tools),
            "tokenize": False,
            **self._settings.chat_template_kwargs,
        }
        params = ChatParams(chat_template=self._template, chat_template_kwargs=kwargs)
        # The template writes the special tokens itself.
        tokens = renderer.default_chat_tok_params.with_kwargs(add_special_tokens=False)
        _, (prompt,) = renderer.render_chat([to_openai(request.messages)], params, tokens)
        return prompt

    @cached_property
    def _template(self) -> str | None:
        template = self._settings.chat_template
        return template.read_text("utf-8") if template else None
