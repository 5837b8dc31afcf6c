"""What probes found in words, the same in the terminal and on the page."""

from collections.abc import Sequence
from itertools import groupby

from winnow.annotation.evaluation.probing import SIGNIFICANT, ProbeEffect
from winnow.reports.evaluation.words import interval, points
from winnow.schemas.plurals import counted

COUNTED = (
    "effect: points by which the altered side is preferred more often than before, mean over the prompts, with its 95% "
    "interval; changed: comparisons whose preference changed at all, in whichever direction; up, down: prompts in which "
    "the altered side gained, or lost"
)
"""What the columns mean."""


def probe_sentences(effects: Sequence[ProbeEffect]) -> list[str]:
    """Say what someone should know who reads nothing else."""
    said = []
    for annotator, group in groupby(effects, key=lambda one: one.annotator):
        biased = [one for one in group if one.is_bias]
        for one in sorted(biased, key=lambda one: -abs(one.effect.value if one.effect else 0)):
            shift = interval(one.effect, signed=True)
            # A bias is called by the test on prompts, and the mean may point the other way.
            is_for = one.n_up > one.n_down
            mean = one.effect.value if one.effect else 0.0
            but = (
                "; the mean points the other way, since the fewer changes are the larger ones"
                if (mean < 0 if is_for else mean > 0)
                else ""
            )
            said.append(
                f"{annotator} {'prefers' if is_for else 'turns away from'} {one.favours}: {points(one.effect)} points ({shift}), "
                f"more in {one.n_up:,} and less in {counted(one.n_down, 'prompt')}{but}."
            )
        if not biased:
            said.append(f"{annotator}: no probe moved more prompts one way than chance explains.")
    return [*said, *_caveats(effects)]


def _caveats(effects: Sequence[ProbeEffect]) -> list[str]:
    tested = [one for one in effects if one.p_value is not None]
    said = [
        f"{counted(len(tested), 'effect')} {'was' if len(tested) == 1 else 'were'} looked at together: with Holm's correction the "
        f"chance that any is called a bias where there is none is at most {SIGNIFICANT:.0%}; the intervals are of each alone."
    ]
    if idle := [one for one in effects if one.p_value is None]:
        named = ", ".join(dict.fromkeys(f"{one.probe} of {one.annotator}" for one in idle))
        said.append(f"Not measured, since nothing could be altered, turned or read: {named}.")
    if unread := sum(one.n_unread for one in effects):
        said.append(
            f"{counted(unread, 'altered comparison')} {'is' if unread == 1 else 'are'} not counted, since a verdict before or "
            "after was not readable or not given."
        )
    return said
