"""Preferences of plain text, which is most of them: all turns hold one text each, and nothing else has to be told."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from winnow.warehouse.export.layout import SIDES
from winnow.warehouse.export.not_carried import USUAL

_PIECES = ("tool_calls", "turns", "parts", "steps")
"""Lists of a response, empty where it is one plain text."""


class Stretch(NamedTuple):
    """Rows of whole prompts that follow each other."""

    rows: pa.Table
    """The rows."""

    is_plain: bool
    """Whether all of them are plain."""


def stretches(rows: pa.Table) -> Iterator[Stretch]:
    """Part rows, which are in the order of their prompts, where plain prompts begin or end.

    A prompt is plain where all its preferences are.
    """
    prompt = np.asarray(rows["prompt_id"].combine_chunks().dictionary_encode().indices)
    n_odd = np.bincount(prompt, ~_are_plain(rows))
    is_plain = (n_odd == 0)[prompt]
    changes = np.flatnonzero(np.diff(is_plain)) + 1
    for start, end in pairwise([0, *changes.tolist(), len(rows)]):
        yield Stretch(rows.slice(start, end - start), bool(is_plain[start]))


def chat_columns(messages: pa.Array) -> pa.Array:
    """Keep role and content of each turn of plain conversations; lists of structs, shape (n,)."""
    turns = messages.flatten()
    names = ("role", "content")
    kept = pa.StructArray.from_arrays([pc.struct_field(turns, name) for name in names], names)
    ends = np.cumsum(np.asarray(pc.list_value_length(messages)), dtype=np.int32)
    return pa.ListArray.from_arrays(np.append(np.int32(0), ends), kept)


def answer_columns(texts: pa.Array) -> pa.Array:
    """Write each text as the one turn of the assistant; lists of structs, shape (n,)."""
    role = pa.repeat("assistant", len(texts))
    turns = pa.StructArray.from_arrays([role, texts], ("role", "content"))
    return pa.ListArray.from_arrays(np.arange(len(texts) + 1, dtype=np.int32), turns)


def joined(asked: pa.Array, answered: pa.Array) -> pa.Array:
    """Put the one turn of each answer behind the turns of its prompt; lists of structs, shape (n,)."""
    ends = np.cumsum(np.asarray(pc.list_value_length(asked)) + 1, dtype=np.int32)
    turns = pa.concat_arrays([asked.flatten(), answered.flatten()])
    place = np.empty(len(turns), np.int64)
    place[ends - 1] = len(asked.flatten()) + np.arange(len(ends))
    is_asked = np.ones(len(turns), bool)
    is_asked[ends - 1] = False
    place[is_asked] = np.arange(int(is_asked.sum()))
    return pa.ListArray.from_arrays(np.append(np.int32(0), ends), turns.take(pa.array(place)))


def _are_plain(rows: pa.Table) -> npt.NDArray[np.bool_]:
    of_responses = [
        answer
        for side in SIDES
        for answer in (
            pc.is_valid(rows[side]),
            pc.is_null(rows[f"{side}_parent_id"]),
            pc.fill_null(pc.is_in(rows[f"{side}_made"], pa.array([*USUAL, None])), True),
            *(_is_empty(rows[f"{side}_{name}"]) for name in _PIECES),
        )
    ]
    of_prompts = [pc.is_null(rows["tools"]), _is_empty(rows["contexts"])]
    every = [np.asarray(column) for column in (*of_responses, *of_prompts)]
    return np.logical_and.reduce([*every, _have_plain_turns(rows["prompt"].combine_chunks())])


def _have_plain_turns(messages: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which conversations have turns of one text each, and no beginning that responses go on from."""
    turns, n_turns = messages.flatten(), np.asarray(pc.fill_null(pc.list_value_length(messages), 0))
    absent = [pc.is_null(pc.struct_field(turns, name)) for name in ("tool_call_id", "name")]
    empty = [_is_empty(pc.struct_field(turns, name)) for name in ("parts", "tool_calls")]
    is_told = pc.is_valid(pc.struct_field(turns, "content"))
    is_odd = ~np.logical_and.reduce([np.asarray(column) for column in (is_told, *absent, *empty)])
    row = np.repeat(np.arange(len(messages)), n_turns)
    n_odd = np.bincount(row, is_odd, len(messages))
    last = np.cumsum(n_turns) - 1
    is_begun = np.zeros(len(messages), bool)
    is_assistant = np.asarray(pc.equal(pc.struct_field(turns, "role"), "assistant"))
    is_begun[n_turns > 0] = is_assistant[last[n_turns > 0]]
    return (n_odd == 0) & ~is_begun & (n_turns > 0)


def _is_empty(lists: pa.Array) -> pa.Array:
    return pc.equal(pc.fill_null(pc.list_value_length(lists), 0), 0)
