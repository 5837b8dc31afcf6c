"""The sections of `docs/settings.md`: which model's keys each holds."""

from typing import NamedTuple

from pydantic import BaseModel

from winnow.annotation.aggregation.rules import Midpoint, Rule
from winnow.annotation.aggregation.target import Target
from winnow.annotation.conditions import Condition
from winnow.annotation.judges import JUDGES
from winnow.annotation.judges.follow_up import Aspect
from winnow.annotation.judges.panel import PanelMember
from winnow.annotation.judges.reward import RewardMember, ScoreStandard
from winnow.annotation.queues.selection import SelectionSettings
from winnow.annotation.queues.tasks import TASKS
from winnow.annotation.queues.tasks.base import TaskSettings
from winnow.annotation.queues.tasks.ratings import Attribute
from winnow.annotation.rubrics.deriving import DERIVERS
from winnow.annotation.verifiers import VERIFIERS
from winnow.annotation.verifiers.constraints import ConstraintEntry
from winnow.annotation.verifiers.sql import SqlWeights
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.settings.queue import QueueSettings
from winnow.flows.settings.rounds import FlowRoundSettings, RoundsSettings
from winnow.flows.settings.rubric_steps import RubricStepsSettings
from winnow.flows.settings.rubrics import RubricSource
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import OpenAIModel, VllmModel
from winnow.pipelines.inference.recorded import RecordedModel
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.labelling.when import When
from winnow.pipelines.pairing import STRATEGIES
from winnow.pipelines.reading.settings import (
    ComparisonSource,
    GoldSource,
    JudgmentSource,
    PromptSource,
    Source,
)
from winnow.pipelines.rounds.people import PeopleSettings
from winnow.pipelines.rubrics.deriving import DeriveSettings
from winnow.pipelines.shortcuts.find import ShortcutSettings
from winnow.pipelines.steps import STEPS
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import StepSettings
from winnow.schemas.prices import Price
from winnow.warehouse.export.formats import FORMATS
from winnow.warehouse.export.settings import ExportSettings
from winnow.warehouse.settings import S3Settings, WarehouseSettings


class Section(NamedTuple):
    """A heading with a table of keys."""

    title: str
    model: type[BaseModel]
    level: int = 3
    says: str = ""
    """What stands above the table; empty for the model's own first sentence."""

    hides: tuple[str, ...] = ()
    """Keys that nobody writes."""


def _plug_ins(what: str, kinds: object) -> tuple[Section, ...]:
    named = dict(kinds)  # type: ignore[call-overload]
    return tuple(Section(f"{what}: {name}", kind, 4) for name, kind in named.items())


SECTIONS: tuple[Section, ...] = (
    Section("Run", CurationSettings, 2, "What `winnow run` reads."),
    Section("Warehouse", WarehouseSettings, says="The key `warehouse` of a run, of rounds and of an evaluation."),
    Section("Object store", S3Settings, 4, "The key `s3` of `warehouse`."),
    Section("Every source", Source, says="Keys that `prompts`, `comparisons`, `judgments`, `gold` and `replay` share."),
    Section("Prompts", PromptSource),
    Section("Comparisons", ComparisonSource, says="Ready comparisons: a prompt and its responses a row, two or a list, with their judgments or with a second file of them."),
    Section("Judgments", JudgmentSource, 4),
    Section("Gold", GoldSource),
    Section("Rubrics", RubricSource, says="The key `rubrics` of a run: rubrics of a file, or those that the warehouse holds."),
    Section("Models: vllm", VllmModel, says="A model that vLLM runs in the process of the run (`engine: vllm`)."),
    Section("Models: openai", OpenAIModel, says="A model behind an OpenAI-compatible server (`engine: openai`)."),
    Section("Price", Price, 4, "The key `price` of a model, in a currency of your own."),
    Section("Models: recorded", RecordedModel, says="Recorded replies in the place of a model (`engine: recorded`): no model is asked."),
    Section("Sample", SampleSettings),
    Section("Compare", CompareSettings),
    *_plug_ins("Strategy", STRATEGIES),
    Section("Label: judges", JudgeSettings),
    *_plug_ins("Judge", JUDGES),
    Section("Aspect", Aspect, 4, "An entry of `aspects` of the judge `follow_up`."),
    Section("Reward member", RewardMember, 4, "An entry of `members` of the judge `reward`."),
    Section("Score standard", ScoreStandard, 4, "The key `standard` of the judge `reward` and of its `members`."),
    Section("Member of a panel", PanelMember, 4, "An entry of `members`; the member's own settings stand beside these."),
    Section("Label: verifiers", VerifierSettings),
    *_plug_ins("Verifier", VERIFIERS),
    Section("Constraint", ConstraintEntry, 4),
    Section("SQL weights", SqlWeights, 4, "The key `weights` of the verifier `sql`."),
    Section("When", When, 4),
    Section("Aggregate", AggregateSettings),
    Section("Rule", Rule, 4),
    Section("Midpoint", Midpoint, 4),
    Section("Keep", FilterSettings),
    Section("Target", Target, 4),
    Section("Assemble", AssembleSettings),
    Section("Steps", StepSettings, says="The key `steps`, a list: each entry is the name of a step, or {name: settings}, and beside it `of`. `sample`, `compare`, `label`, `aggregate`, `keep` and `assemble` hold there what the keys of these names hold in the short form, `rounds` what [the key rounds](#the-key-rounds) holds, with its judges and verifiers under `label`. [steps.md](steps.md) shows a run in steps.", hides=("options",)),
    *(Section(f"Step: {name}", kind, 4) for name, kind in STEPS.items() if not kind.holds),
    Section("Condition", Condition, 4, "An entry of `conditions` of a step `condition`."),
    Section("Derive", DeriveSettings, says="What a step `derive` holds: [rubrics.md](rubrics.md#deriving)."),
    *_plug_ins("Derive by", DERIVERS),
    Section("Shortcuts", ShortcutSettings),
    Section("Export", ExportSettings),
    *_plug_ins("Format", FORMATS),
    Section("Beam", BeamSettings),
    Section("Rounds", RoundsSettings, 2, "What `winnow rounds` reads: all keys of [a run](#run), and `rounds`."),
    Section("The key rounds", FlowRoundSettings),
    Section("People", PeopleSettings),
    Section("Steps over a release", RubricStepsSettings, 2, "What `winnow rubrics derive` and `winnow rubrics prove` read."),
    Section("Evaluation", EvaluationSettings, 2, "What `winnow evaluate --config` reads."),
    Section("Queue", QueueSettings, 2, "What `winnow annotate push` reads."),
    Section("Selection", SelectionSettings),
    Section("Every task", TaskSettings, says="The key `options` of a queue; the keys that all kinds of tasks share."),
    *_plug_ins("Task", TASKS),
    Section("Attribute", Attribute, 4),
)  # fmt: skip
"""In the order of the page."""
