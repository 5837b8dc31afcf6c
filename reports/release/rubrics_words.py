"""Rubrics in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.rubrics import Refused, is_above_half

REFUSALS: Mapping[Refused, str] = {
    "empty": "says nothing",
    "unsupported": "quotes what its source does not say",
    "single_example": "rests on one example alone",
    "tautology": "says no more than that a response is good",
    "compound": "asks for several things at once",
    "bound_to_example": "speaks of one example",
    "leaks_reference": "gives the reference answer away",
    "duplicate": "says what another one says",
    "mirror": "is another one turned round",
    "contradicts": "contradicts another one",
    "over_cap": "was one more than a rubric may have",
    "too_rare": "hardly ever tells two responses apart",
    "not_above_chance": "names the label's response no more often than chance may",
    "one_order": "depends on which response is shown first",
    "length": "says no more than how long a response is",
    "judges_disagree": "is read by each judge in another way",
    "people_disagree": "is read by people in another way than by judges",
    "no_gain": "is no gain over judging without it",
}
"""What is wrong with what was refused, by reason."""

Outcome = Literal["kept", "refused", "merged", "unproven"]


class Change(NamedTuple):
    """What one version of a rubric says and the one before does not, or the other way round."""

    who: str
    did: str
    text: str


def refusal(reason: str) -> str:
    """Say in plain words, after "it", what is wrong with what was refused; "" of what failed for no fault of its own."""
    of_steps = {
        "partial": "was said to be met in part, which is neither yes nor no",
        "rejected_in_review": "was rejected by most people who reviewed it",
        "replaced": "was reviewed in a version that another has replaced since",
        "revised": "was left out when the others were written again",
    }
    return {**of_steps, **REFUSALS}.get(reason, "")


def lead(rubrics: Sequence[Mapping[str, Any]]) -> str:
    """Say how many rubrics and criteria there are, and how many of them may be used."""
    n_criteria, n_kept, n_refused, n_merged = (
        sum(row[name] for row in rubrics)
        for name in ("n_criteria", "n_kept", "n_refused", "n_merged")
    )
    n_unproven = n_criteria - n_kept - n_refused - n_merged
    parts = [f"{n_kept:,} proved right on comparisons held out"]
    parts += [f"{n_refused:,} {agreeing(n_refused, 'was', 'were')} refused"] * bool(n_refused)
    parts += [f"{n_merged:,} {agreeing(n_merged, 'was', 'were')} merged into others"] * bool(
        n_merged
    )
    parts += [f"{n_unproven:,} {agreeing(n_unproven, 'is', 'are')} not proven"] * bool(n_unproven)
    said = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Of {counted(n_criteria, 'criterion', 'criteria')} in {counted(len(rubrics), 'rubric')}, {said}."


def outcome(row: Mapping[str, Any]) -> tuple[Outcome, str]:
    """Say what became of a rubric or a criterion, and why where it may not be used, or its family alone speaks for it."""
    if row.get("into_text"):
        return "merged", f"merged into: {row['into_text']}"
    if row.get("reject_reason"):
        return "refused", _because(row["reject_reason"], row["reject_detail"])
    if not row["is_proven"]:
        return "unproven", "nobody has measured it"
    if row["is_kept"]:
        return "kept", "" if is_above_half((row["accuracy"] or {}).get("low")) else row["detail"]
    return "refused", _because(row["reason"] or "", row["detail"])


def rubric_line(row: Mapping[str, Any]) -> str:
    """Say what a rubric applies to, who wrote it, how often it was used, and which version it is."""
    reach = (
        "one prompt"
        if row["prompt_id"]
        else f"domain {row['domain']}"
        if row["domain"]
        else "every prompt"
    )
    parts = [f"for {reach}", f"by {row['source']}"]
    if row["is_proven"]:
        parts.append(f"proven on {counted(row['n_comparisons'], 'comparison')}")
        if row["n_tried"] > 1:
            parts.append(f"one of {row['n_tried']:,} tried")
    n = row["n_judgments"]
    parts.append(f"used in {counted(n, 'judgment')}" if n else "not used in this release")
    return " · ".join(parts + ["a later version"] * bool(row["replaces"]))


def changed(version: Mapping[str, Any]) -> Change:
    """Say who added or dropped a criterion from one version to the next."""
    if version["is_new"]:
        return Change(version["source"], "wrote", version["text"])
    return Change(
        "people" if version["is_voted_out"] else "this version", "dropped", version["text"]
    )


def _because(reason: str, detail: str) -> str:
    return f"it {refusal(reason)}: {detail}" if detail else f"it {refusal(reason)}"
