"""Read a settings file as plain data, whatever it is that it should hold."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.wanted import shown

_USUAL = "'name', 'prompts' and 'label'"


def read_yaml(path: Path, *, such_as: str = _USUAL) -> dict[str, Any]:
    """Read a settings file without checking what it holds.

    Args:
        path: A YAML file; JSON is YAML.
        such_as: Keys that it might hold, for the message where it holds none.

    Raises:
        InvalidSettings: The file is missing or no YAML, or holds something else than keys, or text that is none.
    """
    text = _text(path)
    try:
        data = _parsed(text)
        texts = list(_texts(data))
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidSettings(f"{path} is not YAML: {_fault(error)}; correct it there") from None
    except RecursionError:
        raise InvalidSettings(f"{path} is nested too deeply; write it flatter") from None
    if not isinstance(data, dict):
        found = "nothing" if data is None else "a list" if isinstance(data, list) else shown(data)
        raise InvalidSettings(f"{path} holds {found}, wanted keys such as {such_as}")
    if odd := [key for key in data if not isinstance(key, str)]:
        raise InvalidSettings(f"{path}: the key {odd[0]!r} is no text; keys are such as {such_as}")
    for place, found in texts:
        if "\0" in found or any("\ud800" <= c <= "\udfff" for c in found):
            raise InvalidSettings(
                f"{path}: {place} is {found!r}, which holds a character that no text may hold; take it out"
            )
    return data


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InvalidSettings(
            f"no settings file {path}; examples/quickstart/quickstart.yaml is one to start from"
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidSettings(
            f"{path} is no text in UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start}); save it as UTF-8"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidSettings(
            f"{path} cannot be read: {reason.lower()}; name a YAML file that you may read"
        ) from None
    return text


class _Loader(yaml.SafeLoader):
    """Refuses what YAML would drop in silence: the first of two keys of one name."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        named = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        _refuse_twice([key.value for key in named if key.tag != "tag:yaml.org,2002:merge"])
        return dict(super().construct_mapping(node, deep))


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("{"):
        # JSON writes a character beyond 16 bits as two escapes, which YAML would take for two characters.
        with suppress(json.JSONDecodeError):
            return json.loads(text, object_pairs_hook=_object)
    return yaml.load(text, _Loader)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_twice([key for key, _ in pairs])
    return dict(pairs)


def _refuse_twice(keys: list[str]) -> None:
    if twice := [key for i, key in enumerate(keys) if key in keys[:i]]:
        raise ValueError(f"the key {twice[0]!r} stands twice in one place")


def _fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem or error.context}"
    if isinstance(error, yaml.reader.ReaderError):
        character = error.character if isinstance(error.character, int) else ord(error.character)
        return f"character {error.position + 1} is U+{character:04X}, which YAML does not allow; take it out"
    return " ".join(str(error).split())


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(str(key), "a key")
            yield from _texts(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{i}]")
