"""An engine that answers at once, opened in whichever process asks it: this one, or workers that a job starts."""

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from bench._peak import peak_mib
from winnow.pipelines.asking import handler
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.engine import Engine, OnResult
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.notices import Tell, tell_nobody
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.inference.work import Work
from winnow.pipelines.local_workers import end_spare_workers

_NOBODY = OpenAIModel(model="at-once", urls=("http://127.0.0.1:9/v1",))
AT_ONCE = ModelRef(name="m", model="at-once", revision="1", path="m", settings=_NOBODY)
"""The model that it stands for."""


class AtOnce:
    """An engine that answers each request as soon as it is drawn."""

    def __init__(self, reply: Callable[[ChatRequest], str]) -> None:
        """Be ready; `reply` writes the answer to a request."""
        self._reply = reply

    def complete(
        self,
        requests: Iterable[ChatRequest],
        on_result: OnResult,
        tell: Tell = tell_nobody,
        work: Work | None = None,
    ) -> None:
        """Answer each request."""
        for request in requests:
            (work or Work()).begin(request.request_id)
            on_result(
                Completion(
                    request_id=request.request_id,
                    model=request.model,
                    revision=request.revision,
                    text=self._reply(request),
                    finish_reason="stop",
                    n_prompt_tokens=30,
                    n_tokens=120,
                )
            )

    def close(self) -> None:
        """Nothing is open."""


class AtOnceHandler(handler.ShardHandler):
    """The handler of every job, except that its engine answers at once: it travels to workers by the name of this module."""

    def __init__(self, reply: Callable[[ChatRequest], str], *args: Any) -> None:
        super().__init__(*args)
        self._reply = reply

    def load_model(self) -> Engine:
        """Open the engine."""
        with patch.object(handler, "open_engine", lambda *_: AtOnce(self._reply)):
            return super().load_model()


@contextmanager
def answering_at_once(reply: Callable[[ChatRequest], str]) -> Iterator[None]:
    """Have jobs ask an engine that answers at once with what `reply` writes."""
    with patch.object(handler, "ShardHandler", partial(AtOnceHandler, reply)):
        yield
    end_spare_workers()  # what they took is known once they have ended


def beam_with(n_workers: int) -> BeamSettings:
    """Return where jobs run: in this process, or in so many worker processes of this machine."""
    several = {"direct_num_workers": n_workers, "direct_running_mode": "multi_processing"}
    return BeamSettings(options=several if n_workers > 1 else {})


def processors_s() -> float:
    """Return what this process and its children that ended have taken, in seconds of all processors."""
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_children.ru_utime + of_children.ru_stime


def resident_mib(n_workers: int) -> float:
    """Return the most memory that this process held, in MiB, and beside it workers that each held as much as the largest of them."""
    largest_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak_mib() + (n_workers * largest_kib / 1024 if n_workers > 1 else 0.0)
