"""What a run would do, worked out without calling a model."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from winnow.flows.curation.prospects import doubts_of_inputs, warnings_of_inputs
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.first_round import questions_of
from winnow.pipelines.foresight import Foreseen, foresee
from winnow.pipelines.guard import stop_for
from winnow.pipelines.known_texts import known_prompts
from winnow.pipelines.labelling.settings import judges_of
from winnow.pipelines.question_sizes import Ask, asks_of
from winnow.pipelines.reading import Say, read_inputs, say_nothing
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.sequence import (
    annotators_in,
    comparisons_in,
    filters_in,
    refinements_in,
    samples_in,
)
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Gold
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


class Plan(NamedTuple):
    """What a run would read, ask and publish."""

    read: list[StageCount]
    """Counts of reading, as the run itself will have them."""

    n_sampled: int
    """Responses that would be sampled."""

    comparisons: Foreseen
    """Comparisons that would be formed."""

    n_judged: dict[str, int]
    """Requests of the first round by judge, as far as comparisons are foreseen; answered ones are not asked again."""

    asks: list[Ask]
    """What entries of the settings ask, at its shortest and longest, to be held against contexts."""

    warnings: list[str]
    """What is asked for in vain."""

    release: str
    """Name of the release, without the number that it will get."""


def plan(settings: CurationSettings, n_gold_to_come: int = 0, say: Say = say_nothing) -> Plan:
    """Read the inputs into a folder that is thrown away, and count what they would lead to.

    Args:
        settings: The run.
        n_gold_to_come: Verdicts that people will add to the gold of the inputs.
        say: Shows a line, such as on a column of the inputs that is not read.

    Raises:
        MalformedInput: The run itself would stop at its inputs.
        Unpublishable: Nothing can come of it.
        InvalidSettings: A setting of the inputs has no effect, or there is too little gold for what `keep` asks for.
    """
    with TemporaryDirectory(prefix="winnow-plan-") as folder:
        staging = Staging(Path(folder))
        counts = read_inputs(settings.inputs(), staging, "plan", say)
        stop_for(doubts_of_inputs(settings, staging), settings.allow)
        n_prompts = known_prompts(staging).num_rows
        sequence = settings.sequence
        sample = [entry for _, entry in samples_in(sequence)]
        compare = (comparisons_in(sequence) or [CompareSettings(strategy="given")])[-1]
        foreseen = foresee(staging, compare, sample, len(refinements_in(sequence)))
        asks = asks_of(staging, sequence)
        warnings = list(warnings_of_inputs(settings, staging))
        n_judged = {
            judge.annotator_id: questions_of(judge, foreseen, staging)
            for judge in judges_of(entry for _, entry in annotators_in(sequence))
        }
        _check_gold(settings, staging.n_rows(Gold) + n_gold_to_come)
    return Plan(
        read=list(counts),
        n_sampled=n_prompts * sum(entry.n for entry in sample),
        comparisons=foreseen,
        n_judged=n_judged,
        asks=asks,
        warnings=warnings,
        release=settings.release,
    )


def _check_gold(settings: CurationSettings, n_gold: int) -> None:
    for place, entry in filters_in(settings.sequence):
        if entry.target and n_gold < entry.target.least_gold:
            raise InvalidSettings(
                f"{place}: {entry.filter} for {entry.target} needs {entry.target.least_gold} gold items at the least, "
                f"all of them right, and there are {n_gold}; ask for less, or add gold"
            )
