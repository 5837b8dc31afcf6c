"""Every way in, found in the definitions themselves, and bad values for each, the same in every run."""

import contextlib
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from unittest.mock import patch

import typer
from pydantic import BaseModel

from tests.names import ALL_ODD
from winnow.flows.commands.cli import app, main

MOST_LINES = 12
_N_VALUES = 20
_DEEPEST = 5

Place = tuple[str | int, ...]


def bad_values(seed: object) -> list[Any]:
    """Give 20 values that hardly any setting wants."""
    dice = random.Random(str(seed))
    fixed: list[Any] = [
        None, "", " ", "x", "-1", -1, 0, 1.5, float("nan"), float("inf"), True, [], {}, [None], [[[]]],
        {"x": 1}, {1: 2}, "a\nb\x1b[31m", ALL_ODD, "1e999", 10**30, "null", "[1,", "../../..", ["x", {}],
        {"path": ["x"]}, "\ud800", "\0", "s3://x/y", "[bold]x[/", "{{7*7}}", "'; drop table runs; --", "/dev/null",
        "no/such/file.jsonl", "x" * 5000, [1] * 200, {"engine": "vllm"}, {"judge": []},
    ]  # fmt: skip
    return dice.sample(fixed, _N_VALUES)


def places_in(kind: Any, at: Place = ()) -> Iterator[Place]:
    """List the places of every key of settings, an entry of each list and of each map."""
    if len(at) > _DEEPEST:
        return
    for model in _models(kind):
        for name, field in model.model_fields.items():
            yield (*at, name)
            yield from _below(field.annotation, (*at, name))


def _below(annotation: Any, at: Place) -> Iterator[Place]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _below(inner[0], at)
    elif origin in (Union, UnionType):
        for one in inner:
            yield from _below(one, at)
    elif origin in (tuple, list):
        yield (*at, 0)
        yield from _below(inner[0], (*at, 0))
    elif origin is dict:
        yield (*at, "m")
        yield from _below(inner[1], (*at, "m"))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from places_in(annotation, at)


def _models(kind: Any) -> list[type[BaseModel]]:
    return [kind] if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def placed(settings: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """Give settings with a value at a place, the rest as it is."""

    def put(here: Any, rest: Place) -> Any:
        if not rest:
            return value
        if isinstance(rest[0], int):
            listed = list(here) if isinstance(here, list) and here else [None]
            return [put(listed[0], rest[1:]), *listed[1:]]
        known = dict(here) if isinstance(here, dict) else {}
        return {**known, rest[0]: put(known.get(rest[0]), rest[1:])}

    return dict(put(settings, place))


def commands() -> dict[tuple[str, ...], Any]:
    """List every command with its parameters, by its words."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                yield from below(inner, (*words, name))
        else:
            yield words, command

    return dict(below(typer.main.get_command(app), ()))


def said_by(*arguments: str) -> tuple[int, str]:
    """Run the command in this process as its entry point does.

    Returns:
        Exit status, and all that was printed. Whatever is no message of ours comes out as it was raised.
    """
    screen = io.StringIO()
    with (
        contextlib.redirect_stdout(screen),
        contextlib.redirect_stderr(screen),
        patch.object(sys, "argv", ["winnow", *arguments]),
    ):
        try:
            main()
        except SystemExit as end:
            if isinstance(end.code, str):
                return 1, f"{screen.getvalue()}{end.code}"
            return int(end.code or 0), screen.getvalue()
    return 0, screen.getvalue()


def spoilt(data: bytes, seed: object) -> Iterator[bytes]:
    """Give 20 files that something happened to."""
    dice = random.Random(str(seed))
    for i in range(_N_VALUES):
        at = dice.randrange(max(len(data), 1))
        yield [
            data[:at],
            data[:at] + bytes(dice.randrange(256) for _ in range(8)) + data[at:],
            data[:at] + b"\0" + data[at + 1 :],
            bytes(dice.randrange(256) for _ in range(200)),
            data.replace(b'"', b"", dice.randrange(1, 9)),
            data.decode("utf-8", "replace").encode("utf-16"),
            data[at:] + data[:at],
            b"[" * 5000 + data,
            b"",
            b"PK\x03\x04" + data,
        ][i % 10]


def write(path: Path, data: bytes) -> Path:
    """Write a file and give its path."""
    path.write_bytes(data)
    return path
