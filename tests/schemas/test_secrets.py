import pytest

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.secrets import read_key


@pytest.mark.parametrize("value", ["sk-x", "sk-x\n", " \tsk-x\r\n"])
def test_white_space_round_a_key_is_no_part_of_it(value: str) -> None:
    assert read_key("MY_KEY", {"MY_KEY": value}) == "sk-x"


@pytest.mark.parametrize("environment", [{}, {"MY_KEY": ""}, {"MY_KEY": " \n"}], ids=str)
def test_no_key_is_none(environment: dict[str, str]) -> None:
    assert read_key("MY_KEY", environment) is None


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("sk-1\nsk-2", "a line break at character 5 of 9"),
        ("sk-1 sk-2", "white space at character 5 of 9"),
        ("sk-ключ", "U+043A at character 4 of 7"),
        ("sk-\0", "U+0000 at character 4 of 4"),
        ("sk-“x”", "U+201C at character 4 of 6"),
    ],
)
def test_a_key_that_no_header_can_carry_is_refused_by_its_name(key: str, found: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        read_key("MY_KEY", {"MY_KEY": key})
    assert str(refused.value) == f"MY_KEY holds {found}, which no key has; set it to the key alone"
