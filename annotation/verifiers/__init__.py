"""The verifiers; importing this package enters them into the registry."""

from winnow.annotation.verifier import VERIFIERS
from winnow.annotation.verifiers.answer import AnswerVerifier
from winnow.annotation.verifiers.citations import CitationsVerifier
from winnow.annotation.verifiers.code import CodeVerifier
from winnow.annotation.verifiers.constraints import ConstraintsVerifier
from winnow.annotation.verifiers.form import FormVerifier
from winnow.annotation.verifiers.language import LanguageVerifier
from winnow.annotation.verifiers.length import LengthVerifier
from winnow.annotation.verifiers.majority import MajorityVerifier
from winnow.annotation.verifiers.pattern import PatternVerifier
from winnow.annotation.verifiers.prompt_relevance import PromptRelevance
from winnow.annotation.verifiers.reference_overlap import ReferenceOverlap
from winnow.annotation.verifiers.reference_similarity import ReferenceSimilarity
from winnow.annotation.verifiers.refusal import RefusalVerifier
from winnow.annotation.verifiers.repetition import RepetitionVerifier
from winnow.annotation.verifiers.schema import SchemaVerifier
from winnow.annotation.verifiers.sql import SqlVerifier
from winnow.annotation.verifiers.tool_calls import ToolCallsVerifier
from winnow.annotation.verifiers.truncation import TruncationVerifier

__all__ = [
    "VERIFIERS",
    "AnswerVerifier",
    "CitationsVerifier",
    "CodeVerifier",
    "ConstraintsVerifier",
    "FormVerifier",
    "LanguageVerifier",
    "LengthVerifier",
    "MajorityVerifier",
    "PatternVerifier",
    "PromptRelevance",
    "ReferenceOverlap",
    "ReferenceSimilarity",
    "RefusalVerifier",
    "RepetitionVerifier",
    "SchemaVerifier",
    "SqlVerifier",
    "ToolCallsVerifier",
    "TruncationVerifier",
]
