"""An export format: a line each, the better response and the number of characters that it has more."""

from typing import ClassVar

from winnow.warehouse.export.layout import FORMATS, Layout, Rows


@FORMATS.register("lines", version=1)
class LinesLayout(Layout):
    file_type: ClassVar = "jsonl"
    read_by: ClassVar = "Anything that reads JSON lines."

    upper: bool = False

    def features(self, content):
        from datasets import Features, Value

        return Features({"better": Value("string"), "longer_by": Value("int64")})

    def rows(self, group, content):
        pairs = [(p["chosen"], p["rejected"]) for p in group]
        named = [(c.upper() if self.upper else c, len(c) - len(r)) for c, r in pairs]
        return Rows([{"better": c, "longer_by": n} for c, n in named], [])
