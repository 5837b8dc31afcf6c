"""Texts: a column of them, looked at byte by byte at once, so that only the few with something special are looked at alone."""

from collections.abc import Sequence
from functools import cached_property
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pyarrow as pa

from winnow.schemas.sameness import as_seen, end_mark_of, invisible_in

_WIDE, _NUL, _CONTROL, _FOREIGN, _ESCAPED, _LINE_END, _BLANK = (1 << bit for bit in range(7))
_SPACE, _NEWLINE = 32, 10


def _classes() -> bytes:
    classes = np.zeros(256, np.uint8)
    classes[0] = _NUL | _CONTROL
    classes[[*range(1, 10), *range(11, 32), 127]] = _CONTROL
    classes[128:] = _FOREIGN
    classes[[ord('"'), ord("\\")]] = _ESCAPED
    classes[_NEWLINE], classes[_SPACE] = _LINE_END, _BLANK
    return classes.tobytes()


_CLASSES = _classes()


class TextColumn:
    """Texts of many rows."""

    def __init__(self, values: Sequence[str | None]) -> None:
        """Look at texts; None is a text that is not there."""
        self.unusable: list[int] = []
        """Numbers of the texts that hold U+0000 or a lone surrogate."""

        values = list(values)
        try:
            self.array = pa.array(values, pa.string())
        except UnicodeEncodeError:
            for i, value in enumerate(values):
                if value is not None and not _is_unicode(value):
                    self.unusable.append(i)
                    values[i] = ""
            self.array = pa.array(values, pa.string())
        self.values = values
        self._found, self._is_bare = _looked_at(self.array)
        if self._any & _NUL:
            self.unusable += [i for i, found in enumerate(self._found) if found & _NUL]

    @cached_property
    def _any(self) -> int:
        return int(np.bitwise_or.reduce(self._found)) if len(self._found) else 0

    @cached_property
    def seen(self) -> list[str]:
        """Each text as it looks, which is the text itself where it stands so."""
        texts = [value or "" for value in self.values]
        for i in np.flatnonzero(~self._is_bare).tolist():
            texts[i] = as_seen(texts[i])
        return texts

    @cached_property
    def noticed(self) -> list[int]:
        """Numbers of the texts with characters that nobody sees, or with a chat template's mark at their end."""
        others = np.flatnonzero(~self._is_bare).tolist()
        return [i for i in others if _is_noticed(self.values[i] or "")]

    @cached_property
    def json(self) -> list[str]:
        """Each text as JSON, null where it is not there."""
        if not self._any & (_ESCAPED | _LINE_END | _CONTROL):
            return ["null" if text is None else f'"{text}"' for text in self.values]
        return [
            "null" if text is None else encode_basestring(text) if is_special else f'"{text}"'
            for text, is_special in zip(
                self.values,
                (self._found & (_ESCAPED | _LINE_END | _CONTROL)).tolist(),
                strict=True,
            )
        ]


def hex_column(digests: Sequence[bytes]) -> pa.Array:
    """Return digests of one size in hexadecimal digits; shape (n,)."""
    n_digits = 2 * len(digests[0]) if digests else 0
    ends = np.arange(len(digests) + 1, dtype=np.int32) * n_digits
    text = b"".join(digests).hex().encode()
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(ends), pa.py_buffer(text))


def _looked_at(texts: pa.Array) -> tuple[Any, Any]:
    """Return what each text holds, as bits, and whether it certainly looks as it stands; both of shape (n,)."""
    found, is_bare = np.zeros(len(texts), np.uint8), np.ones(len(texts), bool)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    first, last = int(ends[0]), int(ends[-1])
    if first == last:
        return found, is_bare
    held = np.frombuffer(data, np.uint8)[first:last]
    classes = np.frombuffer(bytearray(held).translate(_CLASSES), np.uint8)
    # Two spaces or two line ends beside each other, or a space before a line end. What runs from one text into the next
    # begins with white space at an end, which counts anyway.
    pairs = (classes[:-1] | (classes[:-1] >> 1)) & classes[1:]
    classes[:-1] |= ((pairs & (_LINE_END | _BLANK)) != 0).view(np.uint8)
    is_filled = ends[1:] > ends[:-1]
    starts, stops = (ends[:-1] - first)[is_filled], (ends[1:] - first)[is_filled]
    found[is_filled] = np.bitwise_or.reduceat(classes, starts)
    edges = (held[starts], held[stops - 1])
    has_edge = (edges[1] == ord(">")) | np.isin(edges, (_SPACE, _NEWLINE)).any(axis=0)
    is_bare[is_filled] = ~has_edge
    is_bare &= (found & (_CONTROL | _FOREIGN | _WIDE)) == 0
    return found, is_bare


def _is_noticed(text: str) -> bool:
    return invisible_in(text) is not None or end_mark_of(text) is not None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
