"""Environment variables that libraries read when they are imported: set before any of them is."""

import logging
import os
import warnings

_QUIET = {
    # Nothing leaves the machine unless someone turns it on.
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "VLLM_NO_USAGE_STATS": "1",
    # The terminal shows our own progress and each error once; the Prefect page shows every line.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "TOKENIZERS_PARALLELISM": "false",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}


def quiet_libraries() -> None:
    """Switch off the libraries' telemetry and chatter; what the user has set already stays."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    logging.getLogger().addFilter(_is_worth_reading)
    # We say so ourselves, with the way out, where a run needs the folder.
    warnings.filterwarnings("ignore", message="Failed to create the Prefect home directory")
    warnings.filterwarnings(
        "ignore", category=FutureWarning, message=".*torch.distributed.reduce_op"
    )


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Drop what Beam says, each time it is imported, of Google libraries that nobody asked for."""
    return "apitools not found" not in record.getMessage()
