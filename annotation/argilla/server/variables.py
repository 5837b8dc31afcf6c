"""The environment variables that the server's processes get."""

import os
from collections.abc import Mapping
from pathlib import Path

from winnow.annotation.argilla.server import redis_server

SEARCH_ENGINE = "winnow"
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)
_OURS_TO_SAY = ("ARGILLA_HOME_PATH", "ARGILLA_SEARCH_ENGINE", "ARGILLA_API_URL", "ARGILLA_API_KEY")


def variables(
    home: Path, session_key: str, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Compose what Argilla reads.

    Only what it needs is passed on, so that keys of other services in this shell never reach it. ARGILLA_DATABASE_URL
    (PostgreSQL), ARGILLA_REDIS_URL and every other setting of Argilla's are passed on as they are.
    """
    folder = home.resolve()
    passed = {name: environment[name] for name in _KEPT if name in environment}
    passed |= {
        name: value
        for name, value in environment.items()
        if name.startswith("ARGILLA_") and name not in _OURS_TO_SAY
    }
    ours = {
        "ARGILLA_HOME_PATH": str(folder),
        "ARGILLA_SEARCH_ENGINE": SEARCH_ENGINE,
        "ARGILLA_AUTH_SECRET_KEY": session_key,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder / "tmp"),
    }
    defaults = {
        "ARGILLA_CORS_ORIGINS": "[]",
        "ARGILLA_DATABASE_SQLITE_TIMEOUT": "60",
        "ARGILLA_REDIS_URL": redis_server.url(home),
    }
    return defaults | passed | ours
