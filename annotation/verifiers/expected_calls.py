"""Reads the tool calls that a prompt expects, and says of a call how far it is one of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from winnow.annotation.verifiers.tool_schemas import parsed

_IGNORED = re.compile(r"[\s,./\-_*^]")
_LEFT_OUT = ""
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "tuple": (list,),
    "object": (dict,),
    "dict": (dict,),
    "null": (type(None),),
}
WANTED = 'wanted a list of {"name": …, "arguments": {…}} or of {name: {parameter: [values that will do]}}'


class NoExpectedCalls(ValueError):
    """What a prompt brings as its expected calls is in none of the forms."""


class ExpectedCall(NamedTuple):
    """A call that a prompt expects."""

    name: str
    """The tool."""

    values: Mapping[str, Sequence[Any]]
    """For each parameter the values that will do."""

    optional: frozenset[str]
    """Parameters that may be left out."""

    nests: bool
    """Whether the values of an object list for each of its keys what will do."""


class CallFault(NamedTuple):
    """One thing that is wrong with a call."""

    kind: str
    """Such as "type_error" or "value_error"."""

    where: str
    """Which parameter of which tool, or which tool."""


class CallMatch(NamedTuple):
    """How far a call is an expected one."""

    keys: float
    """Jaccard index of the names of parameters; optional ones that are left out do not count."""

    n_right: int
    """Parameters with a right value, or rightly left out."""

    n_typed: int
    """Parameters with a value of the right type, or rightly left out."""

    faults: tuple[CallFault, ...]
    """What is wrong."""


def expected_calls(brought: Any) -> list[ExpectedCall]:
    """Read expected calls as data sets have them; lists of lists, a list a turn, as well.

    Raises:
        NoExpectedCalls: They are in none of the forms.
    """
    if isinstance(brought, str):
        brought = parsed(brought)
    if not isinstance(brought, list):
        raise NoExpectedCalls(f"{str(brought)[:80]!r} is no list; {WANTED}")
    flat = [one for item in brought for one in (item if isinstance(item, list) else [item])]
    return [_expected(one) for one in flat]


def _expected(call: Any) -> ExpectedCall:
    call = call.get("function", call) if isinstance(call, dict) else call
    if isinstance(call, dict) and isinstance(call.get("name"), str) and "arguments" in call:
        arguments = call["arguments"]
        arguments = parsed(arguments) if isinstance(arguments, str) else arguments
        if isinstance(arguments, dict):
            values = {name: [value] for name, value in arguments.items()}
            return ExpectedCall(call["name"], values, frozenset(), nests=False)
    elif isinstance(call, dict) and len(call) == 1:
        ((name, accepted),) = call.items()
        if isinstance(accepted, dict) and all(isinstance(one, list) for one in accepted.values()):
            optional = frozenset(key for key, values in accepted.items() if _LEFT_OUT in values)
            return ExpectedCall(name, accepted, optional, nests=True)
    raise NoExpectedCalls(f"{str(call)[:80]} is no call; {WANTED}")


def match_call(
    expected: ExpectedCall,
    arguments: Mapping[str, Any] | None,
    schema: Mapping[str, Any],
    *,
    exact_text: bool,
) -> CallMatch:
    """Say how far a call of the same tool is an expected one.

    Args:
        expected: The expected call.
        arguments: The arguments; None where they are no JSON object.
        schema: JSON schema of the tool's parameters; empty where it is not known.
        exact_text: Whether texts have to be equal to the letter; otherwise case, white space and `,./-_*^` do not count.
    """
    if arguments is None:
        return CallMatch(0.0, 0, 0, (CallFault("malformed_arguments", expected.name),))
    given, known = arguments.keys(), expected.values.keys()
    wanted = (known - expected.optional) | given
    properties = schema.get("properties")
    described = properties if isinstance(properties, dict) else {}
    faults = list(_faults(expected, arguments, described, exact_text))
    wrong = {fault.where for fault in faults}
    of_type = {fault.where for fault in faults if fault.kind != "value_error"}
    places = [f"{expected.name}.{name}" for name in known]
    return CallMatch(
        keys=len(known & given) / len(wanted) if wanted else 1.0,
        n_right=sum(place not in wrong for place in places),
        n_typed=sum(place not in of_type for place in places),
        faults=tuple(faults),
    )


def _faults(
    expected: ExpectedCall,
    arguments: Mapping[str, Any],
    properties: Mapping[str, Any],
    exact_text: bool,
) -> Iterator[CallFault]:
    for name, values in expected.values.items():
        where = f"{expected.name}.{name}"
        if name not in arguments:
            if name not in expected.optional:
                yield CallFault("missing_parameter", where)
        elif not _has_type(arguments[name], properties.get(name), values):
            yield CallFault("type_error", where)
        elif not _will_do(arguments[name], values, expected.nests, exact_text):
            yield CallFault("value_error", where)
    for name in arguments.keys() - expected.values.keys():
        yield CallFault("unexpected_parameter", f"{expected.name}.{name}")


def _has_type(value: Any, schema: Any, values: Sequence[Any]) -> bool:
    """Whether a value is of the type that the tool's schema names, or is itself a value that will do, whatever the schema says;
    where that names none, of the type of a value that will do.
    """
    if any(type(value) is type(one) and value == one for one in values):
        return True
    named = schema.get("type") if isinstance(schema, dict) else None
    names = named if isinstance(named, list) else [named]
    types = [kind for name in names for kind in _TYPES.get(str(name), ())]
    if not types:
        types = [type(one) for one in values]
        types += [float, int] if {int, float} & set(types) else []
    return type(value) in types


def _will_do(value: Any, values: Sequence[Any], nests: bool, exact_text: bool) -> bool:
    return any(_same(value, one, nests, exact_text) for one in values)


def _same(value: Any, wanted: Any, nests: bool, exact_text: bool) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value == wanted or (not exact_text and _plain(value) == _plain(wanted))
    if isinstance(value, list) and isinstance(wanted, list):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(_same(*p, nests, exact_text) for p in pairs)
    if isinstance(value, dict) and isinstance(wanted, dict):
        if nests and all(isinstance(one, list) for one in wanted.values()):
            needed = {key for key, ones in wanted.items() if _LEFT_OUT not in ones}
            return needed <= value.keys() <= wanted.keys() and all(
                _will_do(value[key], wanted[key], nests, exact_text) for key in value
            )
        return value.keys() == wanted.keys() and all(
            _same(value[key], wanted[key], nests, exact_text) for key in value
        )
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _plain(text: str) -> str:
    return _IGNORED.sub("", text).lower().replace("'", '"')
