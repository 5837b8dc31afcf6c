"""Propose, try on the own pair, revise with what failed: the loop that ways to derive from two responses share.

That a rubric finds the label of the pair it came from proves nothing; that it does not is enough to refuse it.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.judges.replies import read_object, readable, schema_of
from winnow.annotation.rubrics.deriving.deriver import (
    Derived,
    Deriver,
    DerivingView,
    RefusedDraft,
    Subject,
)
from winnow.annotation.rubrics.deriving.examining import key_of, refused_draft
from winnow.annotation.rubrics.deriving.pages import fenced, page_of_pair, question
from winnow.annotation.rubrics.wording import Fault
from winnow.annotation.templates import load_prompt
from winnow.schemas.prompts import Message
from winnow.schemas.sides import OTHER_ORDER

_CRITIQUE_CHARS = 600
_BOTH = 2
_FOUND = {
    "first": "the first response above better",
    "second": "the second response above better",
    "tie": "neither better",
}
_TURNED = {"first": "second", "second": "first", "tie": "tie"}


class Trial(NamedTuple):
    """What a judge found by the criteria, in both orders."""

    verdicts: tuple[str | None, str | None]
    """The better response by its place in the order of the view: "first", "second" or "tie"; None where it cannot be read."""

    critiques: tuple[str, str]
    """Why."""


class TryingDeriver(Deriver):
    """Draws criteria from two responses with a label, and tries them on these."""

    subject: ClassVar[Subject] = "comparison"
    n_replies: ClassVar[int]
    """Replies to what it asks before it has criteria."""

    tries: Annotated[int, Field(ge=0, le=10)] = 0
    """Versions that are tried on the pair they were drawn from, at most, each in both orders; one that does not find the label is
    revised with what failed, and refused where it was the last. 0 tries none, and asks least."""

    @abstractmethod
    def propose(self, view: DerivingView, replies: Sequence[Reply]) -> Sequence[Question]:
        """Write what is asked before there are criteria; the last question asks for them."""

    @abstractmethod
    def proposed(self, view: DerivingView, replies: Sequence[Reply], reply: int) -> Derived | None:
        """Read the criteria of one reply, by its place; None where they cannot be read."""

    def ask(self, view: DerivingView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        """Ask for criteria; try them; ask for better ones where they fail."""
        if len(replies) < self.n_replies:
            return self.propose(view, replies)
        if not self.tries:
            return ()
        versions, trials, is_open = self._so_far(view, replies)
        if not is_open:
            return ()
        if len(trials) < len(versions):
            return self._try(view, versions[-1])
        (*_, first) = self.propose(view, replies[: self.n_replies - 1])
        tried = load_prompt("derive_revise").substitute(
            tried=_tried(view, versions[-1], trials[-1])
        )
        said = Message(role="user", content=f"{first.messages[-1].text()}\n\n{tried.strip()}")
        return (first.model_copy(update={"messages": (*first.messages[:-1], said)}),)

    def read(self, view: DerivingView, replies: Sequence[Reply]) -> Derived | None:
        """Read the last version; what earlier ones had beside it, and a last one that failed, is refused."""
        versions, trials, _ = self._so_far(view, replies)
        if not versions:
            return None
        last, out = versions[-1], list(versions[-1].refused)
        kept = {key_of(draft.text) for draft in last.drafts}
        for number, version in enumerate(versions[:-1], 1):
            out += version.refused
            for draft in version.drafts:
                if key_of(draft.text) not in kept:
                    kept.add(key_of(draft.text))
                    detail = f"version {number} of {len(versions)} did not find the label of its own pair"
                    out.append(
                        RefusedDraft(
                            text=draft.text, reason="revised", detail=f"{draft.text!r}: {detail}"
                        )
                    )
        drafts = last.drafts
        if drafts and self.tries and (fault := _failure(view, trials[-1], len(versions))):
            out += [refused_draft(draft.text, fault) for draft in drafts]
            drafts = ()
        return Derived(drafts=drafts, refused=tuple(out), n_versions=len(versions))

    def _so_far(
        self, view: DerivingView, replies: Sequence[Reply]
    ) -> tuple[list[Derived], list[Trial], bool]:
        """Return the versions, their trials, and whether there is more to ask."""
        versions: list[Derived] = []
        trials: list[Trial] = []
        at = self.n_replies - 1
        while at < len(replies):
            version = self.proposed(view, replies, at)
            if version is None:  # a revision that cannot be read leaves the version before it
                return versions, trials, False
            versions.append(version)
            if not version.drafts or not self.tries:
                return versions, trials, False
            if at + _BOTH >= len(replies):
                return versions, trials, True
            trials.append(_trial(replies[at + 1 : at + 1 + _BOTH]))
            if _failure(view, trials[-1], len(versions)) is None or len(versions) == self.tries:
                return versions, trials, False
            at += 1 + _BOTH
        return versions, trials, bool(versions)

    def _try(self, view: DerivingView, version: Derived) -> list[Question]:
        criteria = fenced("criteria", _numbered([d.text for d in version.drafts]))
        return [
            question(
                load_prompt("derive_try").substitute(max_chars=_CRITIQUE_CHARS),
                f"{page_of_pair(view, order)}\n\n{criteria}",
                _schema(),
                _CRITIQUE_CHARS,
            )
            for order in (view.order, OTHER_ORDER[view.order])
        ]


@cache
def _schema() -> str:
    critique = {"type": "string", "maxLength": _CRITIQUE_CHARS}
    return schema_of({"critique": critique, "verdict": {"enum": list(_TURNED)}})


def _trial(replies: Sequence[Reply]) -> Trial:
    """Read what a judge found in both orders, the second of which is turned round."""
    said = [read_object(reply.text, ("critique", "verdict")) or {} for reply in replies]
    straight, turned = (found if (found := _told(s, "verdict")) in _TURNED else None for s in said)
    one, other = (readable(_told(s, "critique")) for s in said)
    return Trial((straight, None if turned is None else _TURNED[turned]), (one, other))


def _told(said: Mapping[str, Any], key: str) -> str:
    """Read a text; empty where something else stands there."""
    text = said.get(key)
    return text if isinstance(text, str) else ""


def _failure(view: DerivingView, trial: Trial, n_versions: int) -> Fault | None:
    """Say that criteria do not find the label of the pair that they came from; None where they do in both orders."""
    n_right = sum(verdict == view.better_place for verdict in trial.verdicts)
    if n_right == _BOTH:
        return None
    reason: Literal["one_order", "not_above_chance"] = (
        "one_order" if n_right else "not_above_chance"
    )
    versions = "1 version" if n_versions == 1 else f"{n_versions} versions"
    return Fault(
        reason,
        f"after {versions} the rubric finds the label of its own pair in {n_right} of {_BOTH} orders",
    )


def _tried(view: DerivingView, version: Derived, trial: Trial) -> str:
    """Write the criteria that failed, and what the judge said where it erred."""
    parts = [fenced("criteria", _numbered([d.text for d in version.drafts]))]
    shown = ("as above", "the other way round, the second above as the first")
    for verdict, critique, how in zip(trial.verdicts, trial.critiques, shown, strict=True):
        if verdict != view.better_place:
            found = "no verdict" if verdict is None else _FOUND[verdict]
            told = f"Shown the two {how}, a judge found by them {found}:"
            parts.append(f"{told}\n{fenced('critique', critique)}")
    return "\n\n".join(parts)


def _numbered(texts: Sequence[str]) -> str:
    return "\n".join(f"{i}. {text}" for i, text in enumerate(texts, 1))
