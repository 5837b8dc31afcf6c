from pydantic import BaseModel, ConfigDict, Field

from tests.docs.test_settings_page import all_models
from winnow.schemas.field_docstrings import descriptions


class Bird(BaseModel):
    name: str
    """What it is called,
    in words.
    """

    n_eggs: int = 0
    silent: bool = False
    "Whether it sings."


class Rook(Bird):
    n_eggs: int = 4
    """A clutch."""

    silent: bool = True
    tree: str = Field("oak", description="where it nests")
    """Not this."""


def test_a_field_says_what_the_docstring_below_it_says() -> None:
    assert descriptions(Bird) == {
        "name": "What it is called,\nin words.",
        "silent": "Whether it sings.",
    }


def test_a_field_speaks_as_in_the_class_that_defined_it_last() -> None:
    assert descriptions(Rook) == {
        "name": "What it is called,\nin words.",
        "n_eggs": "A clutch.",
        "tree": "where it nests",
    }


def test_a_class_within_a_function_is_found_and_one_without_source_says_nothing() -> None:
    class Nest(BaseModel):
        height_m: float
        """Above the ground."""

    made: dict[str, type[BaseModel]] = {}
    exec("class Typed(BaseModel):\n    a: int\n    'A number.'", {"BaseModel": BaseModel}, made)
    assert descriptions(Nest) == {"height_m": "Above the ground."}
    assert descriptions(made["Typed"]) == {}


def test_pydantic_reads_the_same() -> None:
    class Reader(BaseModel):
        model_config = ConfigDict(use_attribute_docstrings=True)

        a: int
        """First.

            Set in.
        """
        b: int = 1
        """Second."""

    read = {name: field.description for name, field in Reader.model_fields.items()}
    assert descriptions(Reader) == read


def test_no_model_of_settings_has_its_source_read_when_it_is_imported() -> None:
    assert [m for m in all_models() if m.model_config.get("use_attribute_docstrings")] == []
