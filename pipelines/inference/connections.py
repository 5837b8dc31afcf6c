"""Connections to the servers of a model, with its key and what the environment says of proxies and certificates."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx

from winnow.pipelines.inference.models import OpenAIModel
from winnow.pipelines.inference.server_words import tidy
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.proxies import direct_mounts, spare_loopback
from winnow.schemas.secrets import read_key

_LONGEST_CONNECT_S = 10.0
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


class Connections:
    """Lends a client to one call at a time, the one that came back last.

    httpx looks through all connections of a client at each call, so that hundreds in one would cost more than the calls.
    """

    def __init__(self, open_client: Callable[[], httpx.AsyncClient]) -> None:
        self._open_client = open_client
        self._all = [open_client()]
        self._idle = [*self._all]

    @contextmanager
    def lend(self) -> Iterator[httpx.AsyncClient]:
        """Lend a client for one call."""
        if not self._idle:
            self._all.append(self._open_client())
            self._idle.append(self._all[-1])
        client = self._idle.pop()
        try:
            yield client
        finally:
            self._idle.append(client)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._all:
            await client.aclose()


@asynccontextmanager
async def connected(settings: OpenAIModel, name: str) -> AsyncIterator[Connections]:
    """Open connections, as many as are asked for; how long a call may take is the caller's to bound.

    Raises:
        InvalidSettings: The key can stand in no header, or a proxy or a file of certificates cannot be used.
    """
    connect_s = min(settings.timeout_s, _LONGEST_CONNECT_S)
    timeout = httpx.Timeout(None, connect=connect_s)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    spare_loopback()
    key = read_key(settings.api_key_env) if settings.api_key_env else None
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        certificates = httpx.create_ssl_context()
        connections = Connections(
            lambda: httpx.AsyncClient(
                headers=headers,
                timeout=timeout,
                limits=limits,
                mounts=direct_mounts(settings.urls),
                verify=certificates,
            )
        )
    except OSError as error:
        given = [f"{v} ({os.environ[v]})" for v in _CERTIFICATES if os.environ.get(v)]
        raise InvalidSettings(
            f"models.{name}: the certificates of authorities cannot be read: {tidy(str(error))}; "
            f"correct {' and '.join(given) or _CERTIFICATES[0]}"
        ) from None
    try:
        yield connections
    finally:
        await connections.close()
