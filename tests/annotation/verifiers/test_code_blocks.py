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
        ("1. So:\n   ```python\n   a\n   ```", ["   a"]),
    ],
)
def test_blocks_of_a_language_come_before_those_of_none(text: str, blocks: list[str]) -> None:
    assert blocks_in(text, ("python", "py")) == blocks


def test_a_block_knows_its_language() -> None:
    assert [block.language for block in fenced_blocks("```SQL\n1\n```\n```\n2\n```")] == ["sql", ""]
