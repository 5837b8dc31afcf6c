"""What the docstring below a field says, read from the source only where somebody asks.

Pydantic can read them too (`use_attribute_docstrings`), but does so for every model when its module is imported, which
takes a third of a second of every command.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel

Docstrings = Mapping[str, str]
"""By field."""


@cache
def descriptions(model: type[BaseModel]) -> Docstrings:
    """Return what is said of each field of a model: by `Field(description=…)`, else by the docstring below it.

    A field speaks as in the class that defined it last. Fields of which nothing is said are left out, as are all those
    of a class whose source is not there, such as one typed at a prompt.
    """
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        home = next((c for c in model.__mro__ if name in inspect.get_annotations(c)), None)
        said = field.description or (_of_class(home).get(name) if home else None)
        if said:
            found[name] = said
    return found


def _of_class(home: type) -> Docstrings:
    return _of_module(home.__module__).get(home.__qualname__, {})


@cache
def _of_module(name: str) -> Mapping[str, Docstrings]:
    """Return the docstrings of all classes of a module, by the class's qualified name."""
    try:
        source = inspect.getsource(sys.modules[name])
    except (OSError, TypeError, KeyError):
        return {}
    return dict(_of_classes(ast.parse(source), ""))


def _of_classes(node: ast.AST, within: str) -> Iterator[tuple[str, Docstrings]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            name = f"{within}{child.name}"
            yield name, dict(_of_fields(child.body))
            yield from _of_classes(child, f"{name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of_classes(child, f"{within}{child.name}.<locals>.")
        else:
            yield from _of_classes(child, within)


def _of_fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
