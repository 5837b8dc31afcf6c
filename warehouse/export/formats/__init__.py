"""The formats that a release can be exported in, one file each; importing this package enters them into the registry."""

from winnow.warehouse.export.formats.criterion_verdicts import CriterionVerdictsLayout
from winnow.warehouse.export.formats.jsonl import JsonlLayout
from winnow.warehouse.export.formats.nemo_gym import NemoGymLayout
from winnow.warehouse.export.formats.nemo_rl import NemoRlLayout
from winnow.warehouse.export.formats.open_instruct import OpenInstructLayout
from winnow.warehouse.export.formats.openrlhf import OpenRlhfLayout
from winnow.warehouse.export.formats.oumi import OumiLayout
from winnow.warehouse.export.formats.parquet import ParquetLayout
from winnow.warehouse.export.formats.principles import PrinciplesLayout
from winnow.warehouse.export.formats.rubrichub import RubricHubLayout
from winnow.warehouse.export.formats.step_labels import StepLabelsLayout
from winnow.warehouse.export.formats.step_pairs import StepPairsLayout
from winnow.warehouse.export.formats.stepwise import StepwiseLayout
from winnow.warehouse.export.formats.tinker import TinkerLayout
from winnow.warehouse.export.formats.trl import TrlLayout
from winnow.warehouse.export.formats.verl import VerlLayout
from winnow.warehouse.export.layout import FORMATS

__all__ = [
    "FORMATS",
    "CriterionVerdictsLayout",
    "JsonlLayout",
    "NemoGymLayout",
    "NemoRlLayout",
    "OpenInstructLayout",
    "OpenRlhfLayout",
    "OumiLayout",
    "ParquetLayout",
    "PrinciplesLayout",
    "RubricHubLayout",
    "StepLabelsLayout",
    "StepPairsLayout",
    "StepwiseLayout",
    "TinkerLayout",
    "TrlLayout",
    "VerlLayout",
    "known_formats",
]


def known_formats() -> list[str]:
    """List the names of all formats."""
    return sorted(FORMATS)
