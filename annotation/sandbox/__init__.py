"""Where programs run that nobody trusts; it knows nothing of the house but its errors."""

from winnow.annotation.sandbox.box import (
    FOLDER,
    Ended,
    EndReason,
    Isolation,
    Limits,
    SandboxUnavailable,
    check_available,
    interpreter,
    run,
    why_unavailable,
)
from winnow.annotation.sandbox.packages import packages
from winnow.annotation.sandbox.unit_tests import (
    AssertTest,
    CallTest,
    Conditions,
    StdioTest,
    UnitOutcome,
    UnitOutcomeReason,
    outcomes,
)

__all__ = [
    "FOLDER",
    "AssertTest",
    "CallTest",
    "Conditions",
    "EndReason",
    "Ended",
    "Isolation",
    "Limits",
    "SandboxUnavailable",
    "StdioTest",
    "UnitOutcome",
    "UnitOutcomeReason",
    "check_available",
    "interpreter",
    "outcomes",
    "packages",
    "run",
    "why_unavailable",
]
