"""The verifiers; importing this package enters them into the registry."""

from winnow.annotation.verifier import VERIFIERS
from winnow.annotation.verifiers.answer import AnswerVerifier
from winnow.annotation.verifiers.code import CodeVerifier
from winnow.annotation.verifiers.form import FormVerifier
from winnow.annotation.verifiers.reference_overlap import ReferenceOverlap
from winnow.annotation.verifiers.sql import SqlVerifier
from winnow.annotation.verifiers.tool_calls import ToolCallsVerifier

__all__ = [
    "VERIFIERS",
    "AnswerVerifier",
    "CodeVerifier",
    "FormVerifier",
    "ReferenceOverlap",
    "SqlVerifier",
    "ToolCallsVerifier",
]
