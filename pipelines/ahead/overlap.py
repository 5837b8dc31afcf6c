"""Which judges may begin while a step samples, and why others wait."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.labelling.settings import JudgeSettings, judges_of
from winnow.pipelines.runners import is_local
from winnow.pipelines.steps import CompareStep, LabelStep, SampleStep
from winnow.pipelines.steps.sample import sampled_models
from winnow.pipelines.steps.sequence import PlacedStep


class Overlap(NamedTuple):
    """What may go ahead while one step samples."""

    steps: tuple[PlacedStep, ...] = ()
    """The steps that are gone through ahead, the sampling one first and last the one that labels, by the judges that may; none
    where nothing may go ahead."""

    waiting: Mapping[str, str] = {}
    """Why a judge waits until all is sampled, by its name among annotators."""

    @property
    def judges(self) -> list[JudgeSettings]:
        """The judges that may begin."""
        return [
            judge
            for one in self.steps
            if isinstance(one.step, LabelStep)
            for judge in judges_of(one.step.entries)
        ]


def find_overlap(
    sequence: Sequence[PlacedStep],
    i: int,
    models: Mapping[str, ModelRef],
    beam: BeamSettings,
    *,
    wanted: bool | None,
) -> Overlap:
    """Find what may go ahead while the i-th step of a run is at work.

    Judging goes ahead while the last of the models is sampled, when the first prompts have all their samples. It needs comparisons
    that are formed prompt by prompt, and a judge that shows nothing of other prompts and asks another machine.

    Args:
        sequence: The steps of the run.
        i: Which one.
        models: Models by their names in the settings.
        beam: Where the jobs run.
        wanted: What the settings say: None where judges may begin that ask another machine, True also those that ask the
            same server, False for none.
    """
    sampling, *after = sequence[i : i + 3]
    labelling = next((one for one in sequence[i:] if isinstance(one.step, LabelStep)), None)
    if not (isinstance(sampling.step, SampleStep) and sampling.step.entries and labelling):
        return Overlap()
    assert isinstance(labelling.step, LabelStep)
    judges = judges_of(labelling.step.entries)
    if why := _why_none(sampling, after, beam, wanted):
        return Overlap(waiting={judge.annotator_id: why for judge in judges})
    *_, sampled = sampled_models(sampling.step.entries, models)
    waiting = {judge.annotator_id: _why_waiting(judge, models, sampled, wanted) for judge in judges}
    begins = tuple(judge for judge in judges if not waiting[judge.annotator_id])
    comparing = after[0]
    going = (
        sampling,
        comparing,
        labelling._replace(step=labelling.step.model_copy(update={"entries": begins})),
    )
    return Overlap(going if begins else (), {name: why for name, why in waiting.items() if why})


def _why_none(
    sampling: PlacedStep, after: Sequence[PlacedStep], beam: BeamSettings, wanted: bool | None
) -> str:
    """Say why nothing may go ahead; empty where something may."""
    if wanted is False:
        return "overlap is false"
    if tuple(type(one.step) for one in after) != (CompareStep, LabelStep):
        return f"{sampling.stage} is not followed by compare and label alone"
    if any(one.of is not None for one in (sampling, *after)):
        return "a step has an 'of', which looks at all that is there"
    if [one.stage for one in after] != ["compare", "label"]:
        return f"{after[1].stage} looks at what was judged before"
    if not is_local(beam.runner):
        return f"workers of {beam.runner} do one job after the other"
    return ""


def _why_waiting(
    judge: JudgeSettings, models: Mapping[str, ModelRef], sampled: ModelRef, wanted: bool | None
) -> str:
    """Say why a judge waits until all is sampled; empty where it may begin."""
    if judge.when is not None and judge.when.doubt_of is not None:
        return f"it is asked where {judge.when.doubt_of} is in doubt"
    if judge.needs_gold:
        return "it is shown comparisons of other prompts"
    asked = {name: _addresses(models[name]) for name in judge.model_names.values()}
    if len(asked) > 1 and not all(asked.values()):
        return "one of its models and the sampled one take turns in this process"
    here, there = set[str]().union(*asked.values()), _addresses(sampled)
    if not here and not there:
        return "its model and the sampled one take turns in this process"
    if wanted is None and (shared := here & there):
        return f"its model and the sampled one are both at {min(shared)}; overlap: true asks them at the same time"
    return ""


def _addresses(model: ModelRef) -> set[str]:
    """List the hosts and ports of the servers of a model; none of one that runs in process."""
    settings = model.settings
    return (
        {urlsplit(url).netloc for url in settings.urls}
        if isinstance(settings, OpenAIModel)
        else set()
    )
