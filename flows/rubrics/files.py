"""Files of rubrics: read in whichever form they are written, and written so that they read the same."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import ValidationError

from winnow.annotation.rubrics.forms import (
    RUBRIC_FORMS,
    FileForm,
    WrittenRubric,
    form_of,
    named_form,
)
from winnow.flows.settings.files import read_yaml
from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.formats.jsonl import read_json, read_jsonl
from winnow.schemas.errors import InvalidSettings, MalformedInput
from winnow.schemas.explaining import explain
from winnow.schemas.outputs import ending_of
from winnow.schemas.whole_files import whole_file

ENDINGS = (".yaml", ".yml", ".json", ".jsonl", ".parquet")
"""Endings of files of rubrics."""
OWN = "winnow"
"""The form that carries all there is to a rubric."""

_LISTED = "rubrics"
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class ReadRubric(NamedTuple):
    """A rubric of a file, and where it stands there."""

    place: str
    """File and row, such as "rubrics.jsonl:17" or "rubrics.yaml: rubrics[2]"."""

    written: WrittenRubric
    """The rubric."""


def read_rubrics(path: Path, form: str | None = None) -> list[ReadRubric]:
    """Read the rubrics of a file.

    Args:
        path: YAML, JSON, JSON Lines or Parquet.
        form: What the form of its rows is called; None to tell it by the keys of the first row.

    Raises:
        InvalidSettings: The file is missing or no file of rubrics, a key or value is wrong, or two rubrics say the same.
        UnknownName: There is no such form, or no such ending.
    """
    found: list[ReadRubric] = []
    places: dict[str, str] = {}
    chosen = named_form(form) if form else None
    for place, row in _rows(path):
        chosen = chosen or _form(path, place, row)
        one = _read(chosen, place, row)
        rubric_id = one.rubric.rubric_id
        if (first := places.setdefault(rubric_id, place)) != place:
            raise InvalidSettings(
                f"{place}: it has the criteria of {first}, for the same prompts; leave one out"
            )
        found.append(ReadRubric(place, one))
    if not found:
        raise InvalidSettings(f"{path} holds no rubric; write at least one, with name and criteria")
    return found


def write_rubrics(
    written: Iterable[WrittenRubric], path: Path, form: str = OWN
) -> list[tuple[str, str]]:
    """Write rubrics into a file; those that the form cannot carry whole are left out.

    Args:
        written: The rubrics, in order; at least one.
        path: YAML, JSON, JSON Lines or Parquet; an earlier file is replaced.
        form: What the form of its rows is called.

    Returns:
        Name of each rubric that was left out, and why.

    Raises:
        UnknownName: There is no such form, or no such ending.
        InvalidSettings: The form can carry none of them.
    """
    ending, shape = ending_of(path, ENDINGS), named_form(form)
    is_table = ending == ".parquet"
    rows, left_out = [], []
    for one in written:
        if why := shape.lacks(one):
            left_out.append((one.rubric.name, why))
        else:
            rows.append(shape.write_columns(one) if is_table else shape.write(one))
    if not rows:
        name, why = left_out[0]
        raise InvalidSettings(
            f"form {form!r} can carry none of the rubrics ({name}: {why}); "
            f"choose another with --form, such as {OWN}, which carries all there is"
        )
    with whole_file(path) as draft:
        if is_table:
            names = dict.fromkeys(name for row in rows for name in row)
            whole = [{name: row.get(name) for name in names} for row in rows]
            pq.write_table(pa.Table.from_pylist(whole), draft, compression="zstd")
        else:
            draft.write_text(_text(rows, ending, is_own=form == OWN), encoding="utf-8")
    return left_out


def rubric_text(written: WrittenRubric) -> str:
    """Write one rubric as people edit it: YAML in Winnow's own form."""
    return _yaml(named_form(OWN).write(written))


def _text(rows: list[dict[str, Any]], ending: str, *, is_own: bool) -> str:
    if ending == ".jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    whole = {_LISTED: rows} if is_own else rows
    if ending == ".json":
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    return _yaml(whole)


def _yaml(data: Any) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the rows of a file with their places."""
    if not path.is_file():
        raise InvalidSettings(f"no file {path}; name a file of rubrics", path=str(path))
    match ending_of(path, ENDINGS):
        case ".parquet":
            yield from _parquet(path)
        case ".jsonl":
            yield from _checked(read_jsonl(path, path.name))
        case ".json" if path.read_bytes().lstrip()[:1] == b"[":
            yield from _checked(read_json(path, path.name, set()))
        case _:
            yield from _keys(path)


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        rows = pq.read_table(path).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise MalformedInput(
            f"{path} is no Parquet file ({' '.join(str(error).split())}); write it again"
        ) from None
    for n, row in enumerate(rows, 1):
        yield f"{path.name}:{n}", _without_nulls(row)


def _without_nulls(value: Any) -> Any:
    """Take out of a row the keys that hold nothing, which a table has in every row where one of its rows has them."""
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value


def _checked(rows: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in rows:
        if isinstance(row.data, Defect):
            raise MalformedInput(f"{row.place}: {row.data.detail}; correct it there")
        yield row.place, row.data


def _keys(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the rubric that a file of keys holds, or those of its list `rubrics`."""
    data = read_yaml(path, such_as="'rubrics', or 'name' and 'criteria' of one")
    listed = data.get(_LISTED)
    if set(data) != {_LISTED}:
        yield path.name, data
        return
    if not isinstance(listed, list):
        raise InvalidSettings(f"{path}: rubrics is no list; write each rubric behind a '-'")
    for n, row in enumerate(listed):
        place = f"{path.name}: rubrics[{n}]"
        if not isinstance(row, dict):
            raise InvalidSettings(f"{place} is {row!r}, wanted keys such as 'name' and 'criteria'")
        yield place, row


def _form(path: Path, place: str, row: Mapping[str, Any]) -> FileForm[Any]:
    found = form_of(row)
    if found is None:
        raise InvalidSettings(
            f"{place}: the keys {', '.join(map(repr, row)) or 'that it has'} are of no form that is known; "
            f"name one with --form: {', '.join(sorted(RUBRIC_FORMS))}",
            path=str(path),
        )
    return found


def _read(form: FileForm[Any], place: str, row: Mapping[str, Any]) -> WrittenRubric:
    try:
        return form.keep(form.read(form.entry.model_validate(row), place), row)
    except ValidationError as error:
        first, *more = error.errors(include_url=False)
        others = f" (and {len(more)} more)" if more else ""
        raise InvalidSettings(f"{place}: {explain(form.entry, first)}{others}") from None
    except ValueError as error:
        raise InvalidSettings(f"{place}: {error}") from None
