"""Keep secrets out of what other libraries log, raise and print."""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from winnow.schemas.errors import CurationError
from winnow.schemas.redaction import redacted, remember


class _Redacted(Exception):
    """An error whose own text held a secret."""


def redact_output() -> None:
    """Take secrets out of each log record as it is made, whoever handles it, and out of tracebacks."""
    _remember_hub_token()
    make = logging.getLogRecordFactory()
    if getattr(make, "is_redacting", False):
        return

    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _without_secrets(make(*args, **kwargs))

    make_redacted.is_redacting = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted)
    sys.excepthook = _print_redacted
    threading.excepthook = _print_of_thread


@contextmanager
def errors_without_secrets() -> Iterator[None]:
    """Let an error that is none of ours pass only if its text and those of its causes hold no secret.

    Prefect keeps the text of an error that ends a task: what would show a secret is raised anew, as text without it.
    """
    try:
        yield
    except CurationError:
        raise
    except Exception as error:
        whole = "".join(traceback.format_exception(error))
        if redacted(whole) == whole:
            raise
        said = redacted("".join(traceback.format_exception_only(error)).strip())
        raise _Redacted(said).with_traceback(error.__traceback__) from None


def _remember_hub_token() -> None:
    """Know the token that `hf auth login` keeps in a file; that of HF_TOKEN is known as all of the environment are."""
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    with suppress(OSError, UnicodeDecodeError):
        path = Path(os.environ.get("HF_TOKEN_PATH") or home / "token")
        remember(path.read_text("utf-8").strip(), "<token of the hub>")


def _without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    try:
        said = record.getMessage()
    except Exception:  # a record that cannot be formatted is the business of whoever handles it
        return record
    if redacted(said) != said:
        record.msg, record.args = redacted(said), None
    if record.exc_info and record.exc_info[1] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if redacted(trace) != trace:
            record.exc_info, record.exc_text = None, redacted(trace)
    return record


def _print_redacted(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))


def _print_of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        _print_redacted(args.exc_type, args.exc_value, args.exc_traceback)
