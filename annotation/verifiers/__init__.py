"""The verifiers; importing this package enters them into the registry."""

from winnow.annotation.verifier import VERIFIERS
from winnow.annotation.verifiers.answer import AnswerVerifier
from winnow.annotation.verifiers.citations import CitationsVerifier
from winnow.annotation.verifiers.code import CodeVerifier
from winnow.annotation.verifiers.form import FormVerifier
from winnow.annotation.verifiers.language import LanguageVerifier
from winnow.annotation.verifiers.prompt_relevance import PromptRelevance
from winnow.annotation.verifiers.reference_overlap import ReferenceOverlap
from winnow.annotation.verifiers.reference_similarity import ReferenceSimilarity
from winnow.annotation.verifiers.refusal import RefusalVerifier
from winnow.annotation.verifiers.repetition import RepetitionVerifier
from winnow.annotation.verifiers.truncation import TruncationVerifier

__all__ = [
    "VERIFIERS",
    "AnswerVerifier",
    "CitationsVerifier",
    "CodeVerifier",
    "FormVerifier",
    "LanguageVerifier",
    "PromptRelevance",
    "ReferenceOverlap",
    "ReferenceSimilarity",
    "RefusalVerifier",
    "RepetitionVerifier",
    "TruncationVerifier",
]
