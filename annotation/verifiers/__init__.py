"""The verifiers; importing this package enters them into the registry."""

from winnow.annotation.verifier import VERIFIERS
from winnow.annotation.verifiers.code import CodeVerifier
from winnow.annotation.verifiers.form import FormVerifier
from winnow.annotation.verifiers.reference_overlap import ReferenceOverlap

__all__ = ["VERIFIERS", "CodeVerifier", "FormVerifier", "ReferenceOverlap"]
from winnow.annotation.verifiers.answer import AnswerVerifier

__all__ = ["VERIFIERS", "AnswerVerifier", "FormVerifier", "ReferenceOverlap"]
