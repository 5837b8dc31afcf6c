import pytest

from winnow.annotation.verifiers.code_blocks import blocks_in, fenced_blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code", []),
        ("```python\na = 1\n```", ["a = 1"]),
        ("Run:\n```bash\npip\n```\nthen\n```py\na\n```\nwhich prints\n```\n1\n```", ["a"]),
        ("```\na\n```\nor\n```\nb\n```", ["a", "b"]),
        ("~~~Python title=x\na\n```\nb\n~~~", ["a\n```\nb"]),
        ("````python\ntext = '''\n```\n'''\n````", ["text = '''\n```\n'''"]),
        ("```python\ncut off", ["cut off"]),
        ("```python\n```", []),
        ("```json\n{}\n```", []),
        ("1. So:\n   ```python\n   a\n   ```", ["a"]),
        ("- So:\n    ```py\n    if a:\n\n      b\n  c\n    ```", ["if a:\n\n  b\nc"]),
        ("```py\r\na\r\nb\r\n```\r\n", ["a\nb"]),
        ("```py\na = '\x0c\u2028'\n```", ["a = '\x0c\u2028'"]),
    ],
)
def test_blocks_of_a_language_come_before_those_of_none(text: str, blocks: list[str]) -> None:
    assert blocks_in(text, ("python", "py")) == blocks


def test_a_block_knows_its_language() -> None:
    assert [block.language for block in fenced_blocks("```SQL\n1\n```\n```\n2\n```")] == ["sql", ""]


def test_a_block_knows_whether_it_was_closed() -> None:
    blocks = fenced_blocks("~~~~ {.sql}\n1\n~~~\n~~~~\n````\n2\n```\n```` more")
    assert [(block.language, block.is_closed) for block in blocks] == [("", True), ("", False)]
