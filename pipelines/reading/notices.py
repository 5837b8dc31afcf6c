"""What was found in texts that were taken in, counted, with the place where it was found first."""

import json

from winnow.pipelines.reading.usage import example
from winnow.schemas.images import address_of, local_path
from winnow.schemas.plurals import agreeing
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.sameness import end_mark_of, invisible_in

_WORDS = {
    "marked_response": (
        "response that ended with a chat template's end mark, which was taken off",
        "responses that ended with a chat template's end mark, which was taken off",
    ),
    "marked_prompt": (
        "prompt with a text that ends with a chat template's end mark, which is kept",
        "prompts with a text that ends with a chat template's end mark, which is kept",
    ),
    "missing_image": (
        "image that names no file here, so that prompts with it are told apart by the path alone",
        "images that name no file here, so that prompts with them are told apart by the path alone",
    ),
    "other_metadata": (
        "prompt that came again with other metadata, of which the first is kept",
        "prompts that came again with other metadata, of which the first is kept",
    ),
    "invisible": (
        "prompt or response with characters that nobody sees, which are kept but do not count where texts are compared",
        "prompts and responses with characters that nobody sees, which are kept but do not count where texts are compared",
    ),
}
"""What is said of one and of several, by what was found."""


class Notices:
    """Counts texts that hold what nobody sees, or what a chat template left at their end."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, str] = {}

    def see_prompt(self, prompt: Prompt) -> None:
        """Look at a prompt that was taken in."""
        texts = [*(turn.text() for turn in prompt.messages), *prompt.contexts]
        self._see_invisible(texts, prompt.source)
        for image in (part.image for turn in prompt.messages for part in turn.parts if part.image):
            if local_path(image) and not address_of(image).sha256:
                self._count("missing_image", repr(image), prompt.source)
        if mark := next(filter(None, map(end_mark_of, texts)), None):
            self._count("marked_prompt", mark, prompt.source)

    def see_other_metadata(self, prompt: Prompt) -> None:
        """Look at a prompt that was taken in before with other metadata."""
        self._count("other_metadata", example(json.loads(prompt.metadata or "{}")), prompt.source)

    def see_response(self, response: Response, as_it_came: str | None, place: str) -> None:
        """Look at a response that was taken in, and at its last text as the input has it."""
        if as_it_came is None:
            return
        self._see_invisible([turn.text() for turn in response.as_turns()], place)
        if mark := end_mark_of(as_it_came):
            self._count("marked_response", mark, place)

    def lines(self) -> list[str]:
        """Say what was found, a line each; nothing where there was nothing."""
        return [
            f"{agreeing(n, *words)}: {n:,}, such as {self._examples[what]}"
            for what, words in _WORDS.items()
            if (n := self._counts.get(what))
        ]

    def _see_invisible(self, texts: list[str], place: str) -> None:
        if character := next(filter(None, map(invisible_in, texts)), None):
            self._count("invisible", character, place)

    def _count(self, what: str, found: str, place: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
        self._examples.setdefault(what, f"{found} in {place}")
