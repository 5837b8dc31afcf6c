"""The verifiers; importing this package enters them into the registry."""

from winnow.annotation.verifier import VERIFIERS
from winnow.annotation.verifiers.answer import AnswerVerifier
from winnow.annotation.verifiers.code import CodeVerifier
from winnow.annotation.verifiers.constraints import ConstraintsVerifier
from winnow.annotation.verifiers.form import FormVerifier
from winnow.annotation.verifiers.length import LengthVerifier
from winnow.annotation.verifiers.majority import MajorityVerifier
from winnow.annotation.verifiers.pattern import PatternVerifier
from winnow.annotation.verifiers.reference_overlap import ReferenceOverlap
from winnow.annotation.verifiers.schema import SchemaVerifier
from winnow.annotation.verifiers.sql import SqlVerifier
from winnow.annotation.verifiers.tool_calls import ToolCallsVerifier

__all__ = [
    "VERIFIERS",
    "AnswerVerifier",
    "CodeVerifier",
    "ConstraintsVerifier",
    "FormVerifier",
    "LengthVerifier",
    "MajorityVerifier",
    "PatternVerifier",
    "ReferenceOverlap",
    "SchemaVerifier",
    "SqlVerifier",
    "ToolCallsVerifier",
]
