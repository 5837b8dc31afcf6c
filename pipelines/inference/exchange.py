"""One HTTP call, bounded in time and size whatever the server does."""

import asyncio

import httpx

from winnow.pipelines.inference.connections import Connections
from winnow.pipelines.inference.outcomes import Meaning, Outcome, of_error, of_reply

MOST_BYTES = 64 * 2**20
"""Size of a reply, decoded, at which it is left unread."""

_JSON = {"Content-Type": "application/json"}


async def exchange(
    connections: Connections, method: str, url: str, content: bytes | None, limit_s: float
) -> Outcome:
    """Call a server once and tell what became of it; raises for no fault of the server's or the network's.

    Args:
        connections: Where a client is lent; it need not bound the time.
        method: HTTP method.
        url: Address.
        content: Body as JSON; None sends none.
        limit_s: Seconds for all of it, so that a byte now and then is no progress.
    """
    status = 0
    headers = _JSON if content is not None else {}
    try:
        with connections.lend() as client:
            async with (
                asyncio.timeout(limit_s),
                client.stream(method, url, content=content, headers=headers) as response,
            ):
                status = response.status_code
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > MOST_BYTES:
                        return _too_large(status)
    except TimeoutError:
        return Outcome(Meaning.SLOW, f"no whole answer within {limit_s:g} s", is_up=status > 0)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return of_error(error, status)
    return of_reply(status, response.headers, bytes(received))


def _too_large(status: int) -> Outcome:
    reply = f"more than {MOST_BYTES // 2**20} MiB"
    what = f"status {status}: {reply}"
    return Outcome(Meaning.DECLINED, what, status=status, reply=reply, is_up=True)
