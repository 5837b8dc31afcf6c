"""Figures in plain words."""

import math
from collections.abc import Mapping

from winnow.reports.intervals import Share, percent, share
from winnow.reports.release.data import AnnotatorFigures, ReportData
from winnow.reports.release.people_words import alpha_sentence
from winnow.reports.release.sampled import sampled_sentences
from winnow.reports.release.shortcuts import finding_of, warning_of
from winnow.schemas.labels import Annotator, decides_nothing
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.rejects import NOT_ASKED_FOR

_KINDS = {"human": "person", "llm": "judge", "verifier": "verifier", "reward_model": "reward model"}
_FEW = 30

STAND_IN = "tiny"
"""Name of the built-in model with random weights."""


def display_name(annotator: Annotator) -> str:
    """Name an annotator as the page does; the stand-in model is called that wherever it appears."""
    return f"{annotator.annotator_id}{' (stand-in model)' if is_stand_in(annotator) else ''}"


def is_stand_in(annotator: Annotator) -> bool:
    """Say whether the annotator's model is the built-in one with random weights."""
    return annotator.model == STAND_IN


def follows_places(annotator: Annotator) -> bool:
    """Say whether most of the annotator's verdicts flip with the order, beyond chance: they tell a place, not a response."""
    n_pairs = annotator.n_judgments // 2
    if annotator.order_consistency is None or not n_pairs:
        return False
    flips = share(round((1 - annotator.order_consistency) * n_pairs), n_pairs)
    return flips is not None and flips.low > 0.5


def kind_of(annotator: Annotator) -> str:
    """Name the kind of an annotator."""
    return "stand-in judge" if is_stand_in(annotator) else _KINDS[annotator.kind]


def is_unread(annotator: Annotator) -> bool:
    """Say whether none of the annotator's judgments could be read."""
    return annotator.n_judgments > 0 and annotator.n_invalid == annotator.n_judgments


def summary(data: ReportData) -> list[str]:
    """Say what someone should know who reads nothing else."""
    cycles = cycles_sentence(data.rows["cycles"][0]) if data.rows["cycles"][0]["n"] else None
    answers = [s.text for s in sampled_sentences(data.rows["sampled"]) if s.is_warning]
    said = [
        _yield(data),
        _without_text(data.rows["without_text"][0]["n"]),
        *answers,
        _checked(data),
        *_mute(data),
        *_of_places(data),
        *_shortcuts(data),
        cycles,
        _people(data),
    ]
    return [sentence for sentence in said if sentence]


def _without_text(n: int) -> str | None:
    if not n:
        return None
    return (
        f"Of {counted(n, 'labelled comparison')} only the models are known: {agreeing(n, 'it counts', 'they count')} for how "
        f"models stand, and no preference comes of {agreeing(n, 'it', 'them')}."
    )


def sentences(figures: AnnotatorFigures) -> list[str]:
    """Say how far an annotator can be trusted, one fact a sentence, what decides last."""
    said = [_order(figures.flips), _place(figures.first), _gold(figures.gold), _invalid(figures)]
    return [*(text for text in said if text), _weight(figures.record)]


def cycles_sentence(row: Mapping[str, int]) -> str | None:
    """Say whether the labels of each prompt can be put in order; None where no prompt has three decided ones.

    Args:
        row: Result of the figure `cycles`.
    """
    if not row["n_compared"]:
        return None
    where = f"{counted(row['n_compared'], 'prompt')} with three or more decided labels"
    if not row["n"]:
        return f"No cycles among the labels of {where}."
    text = f"{counted(row['n'], 'cycle')} in {row['n_prompts']:,} of {where}"
    became = {"rejected as intransitive": row["n_intransitive"], "published": row["n_published"]}
    became["not published for another reason"] = row["n"] - sum(became.values())
    fates = ", ".join(f"{n:,} {fate}" for fate, n in became.items() if n)
    hint = ' (put "transitive" under keep to reject it)' if row["n_published"] else ""
    return f"{text}; of the comparisons with least evidence, {fates}{hint}."


def length_sentence(data: ReportData) -> str:
    """Say whether length explains the choice: what the audit against shortcuts found, where the run has one."""
    found = next((one for one in data.shortcuts if one.shortcut == "length"), None)
    if found is not None:
        return f"{warning_of(found)} Finding: {finding_of(found)}."
    longer = data.longer_chosen
    if longer is None:
        return "No decided preference has responses of different length."
    text = f"The longer response was chosen in {longer} of the decided preferences whose responses differ in length."
    if longer.low > 0.5:
        return f"{text} A reward model trained on this can learn to prefer length."
    if longer.high < 0.5:
        return f"{text} Shorter responses win here."
    return f"{text} That is no length bias that can be told from chance."


def _people(data: ReportData) -> str | None:
    figures = data.provenance.agreement
    return alpha_sentence(figures.alphas) if figures else None


def _yield(data: ReportData) -> str:
    counts = {count.stage: count for count in data.provenance.run.counts}
    n_rejects = sum(row["n"] for row in data.rows["rejects"] if row["reason"] not in NOT_ASKED_FOR)
    kept = counts.get("keep")
    text = f"{counted(data.provenance.release.n_preferences, 'preference')} came out"
    if kept and kept.n_in:
        text += f"; the filters kept {percent(kept.n_out / kept.n_in)} of {counted(kept.n_in, kept.unit.removesuffix('s'))}"
    return f"{text}; {counted(n_rejects, 'reject')} on the way, each with its reason."


def _checked(data: ReportData) -> str:
    gold = data.rows["label_gold"][0]
    if data.gold is None and (n_verified := gold["n_published_verified"]):
        return f"People verified {n_verified:,} of the published labels; no other gold checks the rest."
    if data.gold is None:
        return (
            "No label was checked against gold: the probabilities rest on how far annotators agree."
        )
    text = f"{data.gold.k:,} of {counted(data.gold.n, 'label')} {agreeing(data.gold.n, 'agrees', 'agree')} with gold ({data.gold.interval})"
    if n_published := gold["n_published"]:
        text += f"; of those published, {gold['n_published_right']:,} of {n_published:,}"
    if n_verified := gold["n_published_verified"]:
        text += f"; people verified {n_verified:,} more"
    return f"{text}."


def _mute(data: ReportData) -> list[str]:
    return [_why_mute(a) for a in data.annotators if decides_nothing(a.record)][:3]


def _of_places(data: ReportData) -> list[str]:
    """Say who tells places and has some weight all the same; of who has none it is said already."""
    found = [
        a for a in data.annotators if follows_places(a.record) and not decides_nothing(a.record)
    ]
    return [
        f"The verdicts of the {kind_of(a.record)} {a.record.annotator_id} flip with the order in "
        f"{percent(a.flips.value)} of pairs: most of them tell a place, not a response; its weight is {a.record.weight:.1f}."
        for a in found
        if a.flips
    ][:3]


def _why_mute(figures: AnnotatorFigures) -> str:
    record, flips = figures.record, figures.flips
    who = f"the {kind_of(record)} {record.annotator_id}"
    if is_unread(record):
        return f"No reply of {who} could be read: it decides nothing."
    if flips is None:
        return f"The verdicts of {who} add no information: its weight is 0.0, they decide nothing."
    why = f"The verdicts of {who} flip with the order in {percent(flips.value)} of pairs"
    return f"{why}: its weight is 0.0, they decide nothing."


def _shortcuts(data: ReportData) -> list[str]:
    if not data.shortcuts:
        return _length(data.longer_chosen)
    return [f"A shortcut: {_lower(warning_of(s))}" for s in data.shortcuts if s.is_warning][:2]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _length(longer: Share | None) -> list[str]:
    if longer is None or longer.low <= 0.5:
        return []
    return [f"Length bias: the longer response was chosen in {longer}."]


def _order(flips: Share | None) -> str | None:
    if flips is None:
        return None
    if flips.k == 0:
        return f"No verdict flips with the order of the responses ({counted(flips.n, 'pair')} judged in both; {flips.interval})."  # fmt: skip
    return f"Verdicts flip with the order of the responses in {flips} of the pairs judged in both."


def _place(first: Share | None) -> str | None:
    if first is None:
        return None
    text = f"The response shown first wins {first} of the decisive verdicts"
    if first.low > 0.5:
        return f"{text}: position bias towards the first."
    if first.high < 0.5:
        return f"{text}: position bias towards the second."
    return f"{text}: no position bias that can be told from chance."


def _gold(gold: Share | None) -> str:
    if gold is None:
        return "No decisive gold comparison was judged, so its accuracy is not measured."
    coin = " That cannot be told from chance." if gold.low <= 0.5 <= gold.high else ""
    few = " These are few cases: look at the interval." if gold.n < _FEW else ""
    return f"Agrees with gold in {gold}.{coin}{few}"


def _invalid(figures: AnnotatorFigures) -> str | None:
    record = figures.record
    if not record.n_invalid:
        return None
    part = percent(record.n_invalid / record.n_judgments)
    return f"{record.n_invalid:,} of {counted(record.n_judgments, 'reply', 'replies')} ({part}) could not be read."


def _weight(record: Annotator) -> str:
    if is_unread(record):
        return "Unread: no reply of it could be read, so it has no weight and no accuracy."
    if decides_nothing(record):
        return "Weight 0.0: given what the others say, its verdicts add nothing."
    factor = f"{math.exp(abs(record.weight)):,.1f}"
    side = "multiplies" if record.weight > 0 else "divides"
    text = f"Weight {record.weight:.1f}: given what the others say, one more decisive verdict {side} the odds of the response it names by {factor}"  # fmt: skip
    if record.weight > 0 or record.accuracy is None:
        return f"{text}."
    return f"{text}; by itself it is right in about {percent(record.accuracy)}."
