"""A critique by a model held against a person's by the arguments that both name, not by their words.

Source: "Reward Modeling from Natural Language Human Feedback", arXiv:2601.07349; there the F1 of core arguments agreed best with
people.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winnow.annotation.judge import Question, Reply
from winnow.annotation.judges.replies import whole_number
from winnow.annotation.rubrics.deriving.pages import fenced, question
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.quotes import stands_in
from winnow.annotation.templates import load_prompt
from winnow.schemas.judgments import Order

_MOST_ARGUMENTS = 12
_LONGEST = 240


class CritiqueMatch(NamedTuple):
    """How far a critique names what another one names."""

    n_matched: int
    """Arguments that both name, each matched with one of the other's."""

    precision: float
    """Share of the critique's arguments that the person names; 0 where it has none."""

    recall: float
    """Share of the person's arguments that the critique names."""

    f1: float
    """Harmonic mean of both."""


def match_critiques(same: NDArray[np.bool_]) -> CritiqueMatch | None:
    """Match arguments one to one, as many as can be: one vague argument matches one of the other's, however many it is like.

    Args:
        same: Whether an argument of the critique and one of the person say the same; shape (n_critique, n_person).

    Returns:
        The match; None where the person names no argument, so that there is nothing to hold it against.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    n_critique, n_person = same.shape
    if not n_person:
        return None
    n = 0
    if n_critique:
        n = int((maximum_bipartite_matching(csr_array(same), perm_type="column") >= 0).sum())
    precision, recall = n / n_critique if n_critique else 0.0, n / n_person
    both = precision + recall
    return CritiqueMatch(n, precision, recall, 2 * precision * recall / both if both else 0.0)


def ask_for_arguments(critique: str, order: Order | None = None) -> Question:
    """Ask which core arguments a critique names: the reasons that carry its verdict, not small remarks.

    Args:
        critique: The critique.
        order: Which response it was written with first, so that "the first" is the same in two critiques; None where unknown.
    """
    places = (
        f"The first response it speaks of is {order[0].upper()}, the second {order[1].upper()}.\n\n"
        if order
        else ""
    )
    text = {"type": "string", "maxLength": _LONGEST}
    return question(
        load_prompt("critique_arguments").substitute(most=_MOST_ARGUMENTS, max_chars=_LONGEST),
        f"{places}{fenced('critique', critique)}",
        lists_schema(["arguments"], {"quote": text, "argument": text}, _MOST_ARGUMENTS),
        2 * _MOST_ARGUMENTS * _LONGEST,
    )


def read_arguments(critique: str, reply: Reply) -> list[str] | None:
    """Read the arguments whose words stand in the critique, each once; None where the reply cannot be read."""
    lists = read_lists(reply.text, ["arguments"])
    if lists is None:
        return None
    said = [e for e in lists["arguments"] if stands_in(text_in(e, "quote"), critique)]
    return list(dict.fromkeys(filter(None, (text_in(e, "argument") for e in said))))


def ask_for_matches(critique: Sequence[str], person: Sequence[str]) -> Question:
    """Ask which arguments of a critique and of a person say the same."""
    pages = [
        fenced(name, "\n".join(f"{i}. {text}" for i, text in enumerate(arguments, 1)))
        for name, arguments in (("critique", critique), ("person", person))
    ]
    numbers = [
        {"enum": list(range(1, max(1, len(arguments)) + 1))} for arguments in (critique, person)
    ]
    entry = dict(zip(("critique", "person"), numbers, strict=True))
    most = max(1, len(critique) * len(person))
    return question(
        load_prompt("critique_matches").substitute(),
        "\n\n".join(pages),
        lists_schema(["same"], entry, most),
        32 * most,
    )


def read_matches(n_critique: int, n_person: int, reply: Reply) -> NDArray[np.bool_] | None:
    """Read which arguments say the same; None where the reply cannot be read, or names one that is not there.

    Returns:
        Shape (n_critique, n_person).
    """
    lists = read_lists(reply.text, ["same"])
    if lists is None:
        return None
    same = np.zeros((n_critique, n_person), bool)
    for entry in lists["same"]:
        named = entry if isinstance(entry, dict) else {}
        one = whole_number(named.get("critique"), n_critique)
        other = whole_number(named.get("person"), n_person)
        if one is None or other is None:
            return None
        same[one - 1, other - 1] = True
    return same
