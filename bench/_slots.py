"""A server that stands for an engine: so many answers are worked on at a time, and each takes its time.

Run as a process of its own: `python -m bench._slots SLOTS LATENCY_S`; it prints its address. `GET /seen` tells what it saw.
"""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

_MODELS = {"data": [{"id": "slots", "owned_by": "bench"}]}


class Slots:
    """Answers chat completions, so many at a time, each after .2 to 1.8 times the latency."""

    def __init__(self, n_slots: int, latency_s: float) -> None:
        self._slots = asyncio.Semaphore(n_slots)
        self._latency_s = latency_s
        self._random = random.Random(5)
        self.seen: dict[str, Any] = {"answered_at": [], "most": 0}
        self._n_here = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request by request."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lengths = [
                    ln for ln in head.lower().split("\r\n") if ln.startswith("content-length:")
                ]
                await reader.readexactly(int(lengths[0].partition(":")[2]) if lengths else 0)
                content = json.dumps(await self._reply(head)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(content), content)
                )
                await writer.drain()
        writer.close()

    async def _reply(self, head: str) -> Any:
        if "/seen" in head.partition("\r\n")[0]:
            return self.seen
        if head.startswith("GET"):
            return _MODELS
        seen = self.seen
        self._n_here += 1
        seen["most"] = max(seen["most"], self._n_here)
        async with self._slots:
            await asyncio.sleep(self._latency_s * self._random.uniform(0.2, 1.8))
        self._n_here -= 1
        seen["answered_at"].append(time.monotonic())
        return _answer(len(seen["answered_at"]))


def _answer(number: int) -> Any:
    """Write an answer that no other one is like."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    message = {"content": f"grain {number}"}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


@contextmanager
def serving(n_slots: int, latency_s: float) -> Iterator[str]:
    """Run such a server in a process of its own; gives its address."""
    command = [sys.executable, "-m", "bench._slots", str(n_slots), str(latency_s)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def seen_at(url: str) -> dict[str, Any]:
    """Ask a server what it saw: when it gave each answer, in seconds, and the most requests at a time."""
    with urlopen(f"{url.removesuffix('/v1')}/seen") as reply:
        found: dict[str, Any] = json.load(reply)
    return found


async def _main(n_slots: int, latency_s: float) -> None:
    server = await asyncio.start_server(Slots(n_slots, latency_s).serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2])))
