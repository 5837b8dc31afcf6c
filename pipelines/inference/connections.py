"""Connections to the servers of a model, with its key and what the environment says of proxies and certificates."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from pipelines.inference.models import OpenAIModel
from pipelines.inference.server_words import tidy
from schemas.errors import InvalidSettings

_LONGEST_CONNECT_S = 10.0
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@asynccontextmanager
async def connected(settings: OpenAIModel, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """Open connections, as many as are asked for; how long a call may take is the caller's to bound.

    Raises:
        InvalidSettings: The key can stand in no header, or a proxy or certificate file cannot be used.
    """
    connect_s = min(settings.timeout_s, _LONGEST_CONNECT_S)
    timeout = httpx.Timeout(None, connect=connect_s)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = _headers(settings, name)
    try:
        client = httpx.AsyncClient(headers=headers, timeout=timeout, limits=limits)
    except (ValueError, OSError, ImportError, httpx.InvalidURL) as error:
        names = _CERTIFICATES if isinstance(error, OSError) else _PROXIES
        given = [v for v in names if os.environ.get(v) or os.environ.get(v.lower())]
        raise InvalidSettings(
            f"models.{name}: no connection can be opened ({type(error).__name__}: {tidy(str(error))}); "
            f"correct the environment: {', '.join(given or names)}"
        ) from None
    async with client:
        yield client


def _headers(settings: OpenAIModel, name: str) -> dict[str, str]:
    key = os.environ.get(settings.api_key_env or "")
    if not key:
        return {}
    if not (key.isascii() and key.isprintable()):
        raise InvalidSettings(
            f"models.{name}: the environment variable {settings.api_key_env} holds a character that no HTTP header "
            "can carry, such as a line break; set it to the key alone"
        )
    return {"Authorization": f"Bearer {key}"}
