"""The reading stage: every input of a run into staging."""

from collections import Counter
from pathlib import Path
from time import monotonic

from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import PART, RECORDS, Say, say_nothing
from winnow.pipelines.reading.names import alike
from winnow.pipelines.reading.outlet import Outlet
from winnow.pipelines.reading.read_comparisons import read_comparisons, read_judgments
from winnow.pipelines.reading.read_gold import names_responses, read_gold
from winnow.pipelines.reading.read_prompts import read_prompts
from winnow.pipelines.reading.rows import files_of, is_saved
from winnow.pipelines.reading.sampling import take_sample
from winnow.pipelines.reading.settings import Inputs, PromptSource, Source
from winnow.schemas.errors import InvalidSettings, MalformedInput
from winnow.schemas.labels import Membership
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


def read_inputs(
    inputs: Inputs, staging: Staging, run_id: str, say: Say = say_nothing
) -> list[StageCount]:
    """Read prompts, ready responses, comparisons, judgments and gold into the part "read" of each table.

    Comparisons that come ready have the strategy "imported"; those that only a gold line names, "gold".

    Args:
        inputs: Where everything is.
        staging: Where it goes; nothing is written before all of it was read.
        run_id: The run, for its rejects.
        say: Shows a line to whoever started the run: each column that is not read, with an example of what it holds,
            names that are nearly the same, votes that are cast again, what was found in texts.

    Returns:
        One count a unit that came in, n_in = n_out + rejects in each; the first holds the time of all.

    Raises:
        MalformedInput: An input is empty or too much of it malformed, or it cannot be read at all.
        InvalidSettings: An input is missing, or a setting of it has no effect.
    """
    started = monotonic()
    check_inputs(inputs)
    with Outlet(staging, RECORDS, PART) as outlet:
        remembers_names = inputs.gold is not None and names_responses(inputs.gold)
        importer = Importer(run_id, outlet, remembers_names=remembers_names, say=say)
        _read(inputs, importer, staging)
        importer.intake.pass_on()
        for what, names in (
            ("annotators", importer.known.annotators),
            ("models", importer.known.models),
        ):
            for note in alike(names, what):
                say(note)
        _check_left(importer)
    staging.write(
        Membership, [Membership(annotator_id=a, group=g) for a, g in importer.known.groups]
    )
    for line in importer.notices.lines():
        say(line)
    first, *others = importer.intake.counts()
    return [first.model_copy(update={"seconds": monotonic() - started}), *others]


def _check_left(importer: Importer) -> None:
    first = importer.intake.first_reject
    if importer.intake.n_out(Prompt) == 0 and first:
        raise MalformedInput(f"no prompt is left to work on: {first.reason}: {first.detail}")


def check_inputs(inputs: Inputs) -> None:
    """Check that every file is there, without reading any.

    Raises:
        InvalidSettings: One is missing, its folder holds nothing of a known format, or a setting is not for its kind.
    """
    for key, source in inputs.sources().items():
        files_of(source)
        _check_saved(key, source)


def _check_saved(key: str, source: Source) -> None:
    """Check settings that only some kinds of a path have."""
    if source.path is None:
        return
    of_saved, setting = is_saved(source.path), "format" if is_saved(source.path) else "split"
    value = getattr(source, setting)
    if value is not None:
        what = "was written by save_to_disk" if of_saved else "holds no data set with splits"
        raise InvalidSettings(
            f"{key}.{setting} is {value!r}, which has no effect: {source.path} {what}; drop it",
            path=str(source.path),
        )


def _read(inputs: Inputs, importer: Importer, staging: Staging) -> None:
    names = place_names(inputs)
    if inputs.prompts:
        _read_prompts(inputs.prompts, names["prompts"], importer, staging)
    if inputs.comparisons:
        read_comparisons(inputs.comparisons, names["comparisons"], importer)
        if inputs.comparisons.judgments:
            read_judgments(inputs.comparisons.judgments, names["comparisons.judgments"], importer)
    if inputs.gold:
        read_gold(inputs.gold, names["gold"], importer)


def _read_prompts(source: PromptSource, name: str, importer: Importer, staging: Staging) -> None:
    if source.sample is None:
        read_prompts(source, name, importer)
        return
    with staging.scratch(PART) as folder:
        all_of_them = Staging(folder)
        with importer.intake.laid_aside(all_of_them, Prompt, Response):
            read_prompts(source, name, importer)
        take_sample(importer, all_of_them, source.sample, source.seed)


def place_names(inputs: Inputs) -> dict[str, str]:
    """Name each source for its places: by its file, or by its whole path where two files have one name."""
    sources = inputs.sources()
    short = {key: source.name for key, source in sources.items()}
    uses = Counter(short.values())
    return {
        key: short[key] if uses[short[key]] == 1 else f"{key}:{_whole(source.path, short[key])}"
        for key, source in sources.items()
    }


def _whole(path: Path | None, name: str) -> str:
    return path.as_posix() if path else name
