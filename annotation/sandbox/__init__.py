"""Where programs run that nobody trusts; it knows nothing of the house but its errors."""

from winnow.annotation.sandbox.box import (
    FOLDER,
    Ended,
    EndReason,
    Isolation,
    Limits,
    SandboxUnavailable,
    interpreter,
    run,
    why_unavailable,
)

__all__ = [
    "FOLDER",
    "EndReason",
    "Ended",
    "Isolation",
    "Limits",
    "SandboxUnavailable",
    "interpreter",
    "run",
    "why_unavailable",
]
