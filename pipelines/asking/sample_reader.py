"""Requests read back from their texts; of several samples of one conversation the first alone is parsed."""

import re

from winnow.pipelines.inference.requests import ChatRequest

# Within a text of JSON a quotation mark is escaped, so that this stands where the field does and nowhere else.
_INDEX = re.compile(r',"sample_index":(\d+)')


class SampleReader:
    """Reads texts as `ChatRequest.canonical` writes them, fastest where samples of a conversation follow one another."""

    def __init__(self) -> None:
        self._text = ""
        self._request: ChatRequest | None = None

    def __call__(self, text: str, request_id: str) -> ChatRequest:
        """Read a request, whose id is known."""
        found = _INDEX.search(text)
        rest = text[: found.start()] + text[found.end() :] if found else text
        if self._request is None or rest != self._text:
            self._text = rest
            self._request = ChatRequest.read(text, request_id)
            return self._request
        return self._request.sample(int(found[1]) if found else 0, request_id)
