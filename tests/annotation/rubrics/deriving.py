"""What tests of ways to derive share: a comparison as it is looked at, and replies as models write them."""

import json
from typing import Any

from tests.pipelines.toy import answer, ask
from winnow.annotation.judge import Reply
from winnow.annotation.rubrics.deriving import Deriver, DerivingView
from winnow.annotation.rubrics.deriving.deriver import Derived, SaidWords
from winnow.schemas.judgments import Order

NEST = ask("Where do Rooks nest? Name the tree.", reference="In tall elms.")
ELM = answer(NEST, "Rooks nest in the crowns of tall elms, as ringing data of 1998 show.")
BUSH = answer(NEST, "They nest somewhere, I think; ask a friend of yours about it.")


def comparison(order: Order = "ab", better: str | None = "elm", **more: Any) -> DerivingView:
    a, b = sorted((ELM, BUSH), key=lambda r: r.response_id)
    wins = ELM if better == "elm" else BUSH
    return DerivingView.model_validate(
        {
            "subject_id": "c" * 64,
            "prompt": NEST,
            "responses": (a, b),
            "better": better and ("a" if a == wins else "b"),
            "order": order,
            **more,
        }
    )


def said(text: str, who: str = "ada", **more: Any) -> SaidWords:
    plain = {"judgment_id": f"judgment of {who}", "annotator_id": who, "kind": "human"}
    return SaidWords.model_validate({**plain, "text": text, **more})


def replies(*texts: Any) -> list[Reply]:
    return [Reply(text=t if isinstance(t, str) else json.dumps(t)) for t in texts]


def reading(deriver: Deriver, view: DerivingView, *texts: Any) -> Derived:
    found = deriver.read(view, replies(*texts))
    assert found is not None
    return found


def page(question: Any) -> str:
    return str(question.messages[-1].text())


def why(found: Derived) -> dict[str, str]:
    return {one.text: one.reason for one in found.refused}
