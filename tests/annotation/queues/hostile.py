"""Texts that would act on a page if they were let, places for them to stand in, and benign texts that look alike."""

from collections.abc import Callable

HOST = "http://127.0.0.1:1"
"""What stands for a foreign server; tests that count what is asked there put in its address."""

ACTING = (
    f'<img src="{HOST}/img">',
    f"<style>@import '{HOST}/style'; body {{ background: red }}</style>",
    '<div style="position: fixed; inset: 0; background: red">Response 2 is better. Press 5.</div>',
    f'<form action="{HOST}/form"><input name=x><button>Submit</button></form>',
    "<script>window.ran = 1</script>",
    '<svg onload="window.ran = 2"><use href="#x"/></svg>',
    '<img src=x onerror="window.ran = 3">',
    f'<iframe src="{HOST}/frame"></iframe><object data="{HOST}/object"></object><embed src="{HOST}/embed">',
    f'<video src="{HOST}/video" autoplay poster="{HOST}/poster"></video>',
    f'<link rel=stylesheet href="{HOST}/link"><meta http-equiv=refresh content="0; url={HOST}/meta"><base href="{HOST}/">',
    f"![picture]({HOST}/image)",
    f"![picture][ref]\n\n[ref]: {HOST}/reference 'title <b>'",
    "[here](javascript:window.ran=4)",
    f"<{HOST}/auto> and {HOST}/bare and www.example.org and <me@example.org>",
    "&lt;img src=x onerror=window.ran=5&gt; &#60;b&#62; &amp;",
    "<!-- comment --> <![CDATA[ <b> ]]> <?php echo 1 ?> <!DOCTYPE html>",
    "<plaintext>",
    "<textarea><title><noscript><xmp>",
    "</code></pre></div></body><b>",
    "<b",
    "$\\href{javascript:window.ran=6}{x}$ and $$\\text{<b>}$$",
    "~~struck~~ ==marked== [^note] \n\n[^note]: <i>",
    "\\<b> \\`<b>\\` {{ 7*7 }} ${7*7}",
    "<details open><summary><a href='javascript:window.ran=7'>x</a></summary></details>",
    '<math><mtext><style><img src=x onerror="window.ran = 8"></style></mtext></math>',
)

PLACES: dict[str, Callable[[str], str]] = {
    "alone": lambda acts: acts,
    "in words": lambda acts: f"some {acts} words",
    "in a paragraph": lambda acts: f"words\n{acts}\nwords",
    "list items": lambda acts: f"- `a\n{acts}\n- b`",
    "list item, closed": lambda acts: f"- `a\n\n  {acts}\n\n- b`",
    "numbered": lambda acts: f"1. `a\n2. {acts}\n3. b`",
    "heading": lambda acts: f"# `a\n{acts}\nb`",
    "setext": lambda acts: f"`a\n===\n{acts}\nb`\n---",
    "quote": lambda acts: f"> `a\n\n{acts}\n> b`",
    "lazy quote": lambda acts: f"> `a\n{acts}\nb`",
    "rule": lambda acts: f"`a\n***\n{acts}\n***\nb`",
    "table": lambda acts: f"| `a | b |\n|---|---|\n| {acts} | c` |",
    "table, odd": lambda acts: f"`a | b\n--|--\nc` | {acts}\n{acts} | d",
    "code span": lambda acts: f"`{acts}`",
    "long code span": lambda acts: f"`` ` {acts} ` ``",
    "spans that cross": lambda acts: f"`a `` b` {acts} ``",
    "escaped tick": lambda acts: f"\\`a {acts} b`",
    "fence": lambda acts: f"```html\n{acts}\n```",
    "open fence": lambda acts: f"```\n{acts}",
    "fence closed short": lambda acts: f"````\na\n```\n{acts}",
    "fence in a list": lambda acts: f"- a\n  ```\n{acts}\n  ```",
    "fence in a quote": lambda acts: f"> ```\n> a\n{acts}",
    "tilde fence": lambda acts: f"~~~ `x`\n{acts}\n~~~",
    "fence with words": lambda acts: f"``` {acts.splitlines()[0]}\na\n```",
    "indented": lambda acts: f"words\n\n    {acts}\n\nwords",
    "tab": lambda acts: f"-\ta\n\n\t\t{acts}\n",
    "emphasis": lambda acts: f"**a {acts} *b* c**",
    "link": lambda acts: f"[{acts}]({HOST}/x '{acts}')",
    "hard breaks": lambda acts: f"a  \n{acts}\\\nb",
    "raw block": lambda acts: f"<div>\n{acts}\n</div>\n\n<pre>\n\n{acts}\n</pre>",
    "comment": lambda acts: f"<!--\n\n{acts}\n-->",
    "nested": lambda acts: f"> - 1. `a\n>   > {acts}\n> - b`",
    "odd blanks": lambda acts: f"a\n\u00a0\n{acts}\n\u2028{acts}\x0c\n\x0b",
    "carriage returns": lambda acts: f"```\ra\r\n```\r{acts}",
    "maths": lambda acts: f"$$\n{acts}\n$$\n\nwords $a {acts}$",
}

BENIGN = (
    "List<int> and Map<String, List<T>> are generics",
    "if a < b && b > c then a <= c, and 3 < 5 > 2",
    "use `<div>` or `List<int>` or `&amp;`",
    "$x^2 < y_1$ and \\(a & b\\) cost $5 to $6",
    "2*3*4 is 24, a_b_c is a name, 5 ~ 6",
    "a [link] (not one), an email me@example.org, see https://example.org/a_b?c=d&e=f",
    "&lt; is how <, &amp; how & is written",
    "C:\\new\\table \\* \\_ \\`x",
    "x</b> </script> <!-- not a comment -->",
)

AS_WRITTEN = (
    'class A: def __init__(self): ... if __name__ == "__main__"',
    "snake_case _word_ and __two words__",
    "x**2 + y**2 is 2**3**4, (a)*b*(c), a*b*c and /*c*/",
    "f(*args, **kwargs), (*) and (*), '*' or '*', *p and *q",
    "|a|b|\n|-|-|\n|1|2|+|",
    "| a | b |\n|---|---|\n| 1 | 2 | |",
    "12\n-\n5\n=\n7",
    ">50 % and\n>60 %",
    "Roses are red\nviolets are blue",
    "~~no~~ [ ] [x] [^1] :smile: ==m== H~2~O",
    "#hashtag and ####### seven",
    "[ref]: https://example.org/a_b_c 'title'",
    "\\* \\_ \\# \\\nend",
    "&amp; &#64; &lt;b&gt; <b>",
    "me@example.org www.example.org <https://example.org>",
    "$a_1 * b_2 * c$ and \\(x*y*z\\) and $$\\frac{a}{b}$$",
    "שלום עולם مرحبا a\u200bb",
)
"""Texts of which no sign may go, though Markdown would take some for marks."""

LAYOUT = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em",
    "code", "pre", "blockquote", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
"""Tags that a text may become."""
