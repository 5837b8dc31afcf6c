"""Writes replies.jsonl, the recorded replies of the example: python examples/rubrics/write_replies.py

No model ever said what stands there. It follows from truths.jsonl, which says of each comparison in what the worse response
fails, and from the criteria below, some of them bad on purpose.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent

LIMITS = (
    "Keeps every limit that the prompt sets, such as a number of words, of sentences or of items."
)
LIMITS_IN_OTHER_WORDS = (
    "Stays within every limit that the prompt sets, such as a number of words or of sentences."
)
ASKED = "Gives the exact figure, name or wording that was asked for."
CASE = "Speaks of the case that the asker describes, with its own details."
RIGHT = {"limits": LIMITS, "asked": ASKED, "case": CASE}

LENGTH = "Takes up no more than a hundred characters."
MIRROR = "Does not keep every limit that the prompt sets, such as a number of words, of sentences or of items."
CONTRARY = "Uses more words, sentences or items than any limit that the prompt sets."
BRIEF = 100

# What the model is made to propose although it is bad: by item, the criterion and the words that it quotes.
PLANTED: dict[str, tuple[str, str]] = {
    "num-1": (LENGTH, "540 euros a week"),
    "tra-5": (LENGTH, "Taxi"),
    "tra-6": (LENGTH, "The Belvedere"),
    "cod-2": ("Is a helpful response of high quality.", "Try cp1252 first"),
    "cod-3": (MIRROR, "this works in most cases"),
    "coo-4": (CONTRARY, "a pleasant crunch and a fine taste"),
    "num-5": ("Says what each of the others pays.", "The other four pay 18.50 each"),
    "wri-2": ("Leaves a door open to Kern Ltd.", "glad to hear from Kern Ltd again"),
    "wri-6": ("Says at what time a shop opens.", "open from seven in the morning"),
    "cod-4": ("Names the table and states the year.", "FROM visits"),
    "coo-6": ("States that 267 g are missing.", "you lack 267 g"),
}

# How the requests of each kind begin.
DERIVE = "You say by which criteria the better of two responses"
MERGE = "You compare criteria by which responses"
CHECK = "You check one response to a conversation against criteria"
COMPARE = "You compare two responses to one conversation and say"

TRIED = ((LIMITS, ASKED, CASE, LENGTH), (LIMITS, ASKED, CASE))
"""The criteria of the rubric before it is proven, and those that are left of it, as they are listed."""


class Case(NamedTuple):
    """One comparison, with what is true of its two responses."""

    item_id: str
    prompt: str
    better: str
    worse: str
    quotes: dict[str, str]
    fails: Sequence[str]

    def met(self, response: str) -> dict[str, tuple[str, str]]:
        """Say of each criterion that is judged whether a response meets it, with the words that show it."""
        first = " ".join(response.split("\n")[0].split(" ")[:6])
        found = {}
        for name, text in RIGHT.items():
            fails = response == self.worse and name in self.fails
            shown = self.quotes[name] if self.quotes[name] in response else first
            found[text] = ("no" if fails else "yes", shown)
        found[LENGTH] = ("yes" if len(response) <= BRIEF else "no", first)
        return found


def cases() -> Iterator[Case]:
    """Read the comparisons with their truths."""
    truths = {row["item_id"]: row for row in _lines("truths.jsonl")}
    for row in _lines("comparisons.jsonl"):
        truth = truths[row["item_id"]]
        sides = [row["response_a"], row["response_b"]]
        better, worse = sides if row["verdict"] == "a" else sides[::-1]
        quotes = {name: truth[name] for name in RIGHT}
        yield Case(row["item_id"], row["prompt"], better, worse, quotes, truth["worse_fails"])


def replies() -> Iterator[dict[str, Any]]:
    """Give the lines of the file."""
    found = list(cases())
    yield from map(_proposed, found)
    yield from _compared()
    for case in found:
        for response in (case.better, case.worse):
            yield from _checked(case, response)
    for case in found:
        for first, second in ((case.better, case.worse), (case.worse, case.better)):
            yield from _judged(case, first, second)


def _proposed(case: Case) -> dict[str, Any]:
    """Give what is proposed from one comparison: the criteria that tell the two apart, and what is planted."""
    rule = LIMITS_IN_OTHER_WORDS if case.item_id.startswith(("tra", "wri")) else LIMITS
    rules = [{"quote": case.quotes["limits"], "criterion": rule}] * ("limits" in case.fails)
    principles = [
        {"quote": case.quotes[name], "criterion": RIGHT[name]}
        for name in ("asked", "case")
        if name in case.fails
    ]
    if case.item_id in PLANTED:
        criterion, quote = PLANTED[case.item_id]
        principles.append({"quote": quote, "criterion": criterion})
    reply = {"hard_rules": rules, "principles": principles}
    return {"contains": [DERIVE, case.prompt], "reply": reply}


def _compared() -> Iterator[dict[str, Any]]:
    """Give how criteria relate that are alike by their words, in whatever order they are asked about."""
    alike = (LIMITS, LIMITS_IN_OTHER_WORDS, MIRROR, CONTRARY)
    for n in (4, 3, 2):
        for one, *others in permutations(alike, n):
            said = {str(i): _relation(one, other) for i, other in enumerate(others, 1)}
            reply = {"why": "whether the limits of the prompt are kept", **said}
            yield {"contains": [MERGE, "The one:", one, "The others:", *others], "reply": reply}


def _relation(one: str, other: str) -> str:
    against = {MIRROR, CONTRARY}
    return "same" if (one in against) == (other in against) else "opposite"


def _checked(case: Case, response: str) -> Iterator[dict[str, Any]]:
    """Give what is found of one response by the criteria that are tried, and by those that are left."""
    met = case.met(response)
    for criteria in TRIED:
        reply = {
            f"c{i}": {"evidence": met[text][1], "verdict": met[text][0]}
            for i, text in enumerate(criteria, 1)
        }
        yield {"contains": [CHECK, case.prompt, response, *criteria], "reply": reply}


def _judged(case: Case, first: str, second: str) -> Iterator[dict[str, Any]]:
    """Give which of two responses is found better: by the criteria, and without them.

    Without them the judge takes the longer response, unless the other one is better in every way.
    """
    asked, shown = [COMPARE, case.prompt], [first, second]
    right = "first" if first == case.better else "second"
    one, other = case.met(first), case.met(second)
    for criteria in TRIED:
        places = {
            f"c{i}": _PLACES[one[text][0], other[text][0]] for i, text in enumerate(criteria, 1)
        }
        reply = {"criteria": places, "critique": "by the criteria alone", "verdict": right}
        yield {"contains": [*asked, *criteria, *shown], "reply": reply}
    longer = "first" if len(first) > len(second) else "second"
    found = right if len(case.fails) == len(RIGHT) else longer
    yield {"contains": asked + shown, "reply": {"critique": "it says more", "verdict": found}}


_PLACES = {
    ("yes", "yes"): "both",
    ("yes", "no"): "first",
    ("no", "yes"): "second",
    ("no", "no"): "neither",
}


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


if __name__ == "__main__":
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in replies())
    (HERE / "replies.jsonl").write_text(text, "utf-8")
