"""The two sides of a comparison, and what becomes of a verdict or an order when they change places."""

from winnow.schemas.judgments import Order, Verdict

OTHER_VERDICT: dict[Verdict, Verdict] = {"a": "b", "b": "a", "tie": "tie", "invalid": "invalid"}
"""The same verdict once the responses have changed names: a tie stays one."""

OTHER_ORDER: dict[Order, Order] = {"ab": "ba", "ba": "ab"}
"""The same showing once the responses have changed names."""
