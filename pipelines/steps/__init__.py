"""The steps of a run, a file each: what a step reads, what it adds, what it rejects. Importing this package enters them."""

from winnow.pipelines.steps.aggregate import AggregateStep
from winnow.pipelines.steps.assemble import AssembleStep
from winnow.pipelines.steps.compare import CompareStep
from winnow.pipelines.steps.condition import ConditionStep
from winnow.pipelines.steps.derive import DeriveStep
from winnow.pipelines.steps.keep import KeepStep
from winnow.pipelines.steps.label import LabelStep
from winnow.pipelines.steps.merge import MergeStep
from winnow.pipelines.steps.prove import ProveStep
from winnow.pipelines.steps.refine import RefineStep
from winnow.pipelines.steps.rollout import RolloutStep
from winnow.pipelines.steps.rounds import RoundsStep
from winnow.pipelines.steps.sample import SampleStep
from winnow.pipelines.steps.select import SelectStep
from winnow.pipelines.steps.step import STEPS, Step, StepContext

__all__ = [
    "STEPS",
    "AggregateStep",
    "AssembleStep",
    "CompareStep",
    "ConditionStep",
    "DeriveStep",
    "KeepStep",
    "LabelStep",
    "MergeStep",
    "ProveStep",
    "RefineStep",
    "RolloutStep",
    "RoundsStep",
    "SampleStep",
    "SelectStep",
    "Step",
    "StepContext",
]
