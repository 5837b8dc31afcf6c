"""Names that folders and files have, each of which means something else to some library."""

ODD = {
    "brackets": "wh [v2]",
    "star": "a*b",
    "two stars": "**",
    "question mark": "a?b",
    "class": "[ab]",
    "braces": "{a,b}",
    "markup": "x[bold]y[ ]",
    "single quote": "it's",
    "double quote": 'the "old" one',
    "percent": "50%20off%s",
    "hash": "#1;--",
    "backslash": "back\\slash\\",
    "backslash and star": "a\\*b",
    "dash": "-rf",
    "blanks": "  two  ",
    "line end": "two\nlines",
    "tilde": "~home",
    "scheme": "s3:a",
    "file address": "file:x?mode=ro&a=1",
    "key": "key=1",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "emoji": "\N{GRINNING FACE} :smile:",
    "html": "<b>&amp;",
}
"""By what is odd in them."""

ALL_ODD = "-x [v2] [bold]y*?{a,b}'\"%41#;\\\u00e9e\u0301\n\N{GRINNING FACE} $HOME ~ k=1 & <b> "
"""Most of it in one name."""
