"""What a run would do, worked out without calling a model."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flows.settings import CurationSettings
from pipelines.label_settings import JudgeSettings
from pipelines.reading import read_inputs
from schemas.comparisons import Comparison
from schemas.errors import InvalidSettings
from schemas.judgments import Gold
from schemas.prompts import Prompt
from schemas.responses import Response
from schemas.runs import StageCount
from warehouse.staging import Staging


class Plan(NamedTuple):
    """What a run would read, ask and publish."""

    read: list[StageCount]
    """Counts of reading, as the run itself will have them."""

    found: list[str]
    """What was found in the texts, a line each."""

    n_sampled: int
    """Responses that would be sampled."""

    n_comparisons_most: int
    """Comparisons that would be formed at most; identical and empty responses lower it."""

    n_judged_most: dict[str, int]
    """Requests at most by judge; answered ones are not asked again."""

    release: str
    """Name of the release, without the number that it will get."""


def plan(settings: CurationSettings, n_gold_to_come: int = 0) -> Plan:
    """Read the inputs into a folder that is thrown away, and count what they would lead to.

    Args:
        settings: The run.
        n_gold_to_come: Verdicts that people will add to the gold of the inputs.

    Raises:
        MalformedInput: The run itself would stop at its inputs.
        InvalidSettings: There is too little gold for what `keep` asks for.
    """
    with TemporaryDirectory(prefix="winnow-plan-") as folder:
        staging = Staging(Path(folder))
        found: list[str] = []
        counts = read_inputs(settings.inputs(), staging, "plan", say=found.append)
        n_prompts = staging.n_rows(Prompt)
        n_ready = Counter(staging.read(Response)["prompt_id"].to_pylist())
        n_comparisons = staging.n_rows(Comparison)
        _check_gold(settings, staging.n_rows(Gold) + n_gold_to_come)
    n_each = sum(entry.n for entry in settings.sample)
    most = 0 if settings.compare.strategy == "given" else settings.compare.max_per_prompt
    for n in [*n_ready.values(), *[0] * (n_prompts - len(n_ready))]:
        pairs = (n + n_each) * (n + n_each - 1) // 2
        n_comparisons += pairs if most is None else min(pairs, most)
    judges = [entry for entry in settings.label if isinstance(entry, JudgeSettings)]
    return Plan(
        read=list(counts),
        found=found,
        n_sampled=n_prompts * n_each,
        n_comparisons_most=n_comparisons,
        n_judged_most={j.annotator_id: n_comparisons * len(j.shown) for j in judges},
        release=settings.release,
    )


def _check_gold(settings: CurationSettings, n_gold: int) -> None:
    for i, entry in enumerate(settings.keep):
        if entry.target and n_gold < entry.target.least_gold:
            raise InvalidSettings(
                f"keep[{i}]: {entry.filter} for {entry.target} needs {entry.target.least_gold} gold items at the least, "
                f"all of them right, and there are {n_gold}; ask for less, or add gold"
            )
