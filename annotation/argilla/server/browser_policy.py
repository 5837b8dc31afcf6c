"""What browsers may load, run and send on Argilla's pages. Loaded inside the Argilla server's environment, like `inside.py`.

The texts that people see are made harmless before they are pushed; this is the wall behind that one, also for data sets that
others filled.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_BASE_URL = "@@baseUrl@@"
"""What stands in Argilla's files for the path that it is served under."""


def kept_to_itself(app: Any) -> Any:
    """Have browsers load, run and send nothing but what this server serves: Argilla's page asks Google for a font."""
    import argilla_server
    from argilla_server.settings import settings

    static = Path(argilla_server.__file__).parent / "static"
    base_url = (settings.base_url or "").removesuffix("/")
    pages = [page.read_text().replace(_BASE_URL, base_url) for page in static.rglob("*.html")]
    headers = [
        (b"content-security-policy", policy(pages).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
    ]

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        await app(scope, receive, send_with_policy)

    return wrapped


def policy(pages: Iterable[str]) -> str:
    """Return the Content-Security-Policy under which these pages of Argilla's work, and nothing that is not theirs does.

    Scripts within a page run by their hash alone. Styles within a page have to be let: Argilla writes one into the page
    for every field in which words are searched, and formulas are laid out by styles of their own. A page names its
    base, which may be this server only.
    """
    scripts = sorted({script for page in pages for script in _INLINE_SCRIPT.findall(page)})
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *map(_hash, scripts)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        ]
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
