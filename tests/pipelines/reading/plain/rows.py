"""Values of rows: mostly plain ones, and odd ones of every kind."""

from typing import Any

from hypothesis import strategies as st

PLAIN = ["one", "two words", "lines\nof text", 'a "quote" and a \\', "100 % sure", "é", "a"]
ODD = [
    "blank\n\n\nlines", "a  wide space", " led", "ended ", "an end</s>", "<b>", "zero\u200bwidth", "e\u0301",
    "nul\0", "\ud800", "", " ", "[1]", '[{"role": "user", "content": "one"}]', "\n\nHuman: one\n\nAssistant: a", "t\tab",
    "\x7f", "nbsp\u00a0x", "x" * 50,
]  # fmt: skip
OTHER = [
    None,
    "",
    0,
    1,
    1.0,
    0.5,
    True,
    [],
    {},
    ["a"],
    "1.0",
    "10",
    "x\0",
    float("nan"),
    -3,
    4,
    1e400,
]
TEXT = st.sampled_from(PLAIN * 3 + ODD)
ANY = st.sampled_from(OTHER)


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw what is usual, and now and then anything else."""
    return st.one_of(*[usual] * 9, ANY)
