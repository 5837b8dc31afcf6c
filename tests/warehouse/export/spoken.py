"""One preference for each part that a prompt or a response can have, odd values included, and a release of them all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from winnow.annotation.judge import ComparisonView
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Message, Part, Prompt, ToolCall
from winnow.schemas.responses import Made, Response, StepStart
from winnow.schemas.runs import Run
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

RUN_ID = content_id("spoken run")
WHO = "pairwise@1:strong"
TOOLS = '[{"type":"function","function":{"name":"set_level","parameters":{"type":"object","properties":{}}}}]'
ODD = "née 日本語 العَرَبِيَّة हिन्दी 👩\u200d🚀 e\u0301\tTab\u2028line \\n \"quoted\" 'n' <|im_end|x> {{ braces }} end"
"""Scripts from right to left and with joined signs, separators, and what looks like markup or a template."""


class Case(NamedTuple):
    """One preference about one part."""

    part: str
    """The part, as the table of the docs names it."""

    prompt: Prompt
    good: Response
    bad: Response

    seen: tuple[str, ...]
    """Texts that stand on the judge's page and must stand in whatever is trained on."""

    asked: list[dict[str, Any]]
    """The finished turns, as a trainer gets them."""

    said: list[dict[str, Any]]
    """The better response, as a trainer gets it."""

    def view(self) -> ComparisonView:
        """Give what the judge is shown."""
        first, second = sorted((self.good, self.bad), key=lambda r: r.response_id)
        comparison = self.comparison()
        return ComparisonView(
            comparison_id=comparison.comparison_id, prompt=self.prompt, a=first, b=second
        )

    def comparison(self) -> Comparison:
        """Give the pair."""
        ids = (self.good.response_id, self.bad.response_id)
        return Comparison(prompt_id=self.prompt.prompt_id, response_ids=ids, strategy="all_pairs")

    def preference_id(self) -> str:
        """Give the id of the preference for the better response."""
        ids = [self.good.response_id, self.bad.response_id]
        return content_id([self.comparison().comparison_id, *ids, False])


def turn(role: str, content: str, **more: Any) -> dict[str, Any]:
    """Write a turn as trainers do."""
    return {"role": role, "content": content} | more


def call(arguments: Any, **more: Any) -> dict[str, Any]:
    """Write a call as chat templates read it."""
    return more | {"type": "function", "function": {"name": "set_level", "arguments": arguments}}


def _case(
    part: str,
    *seen: str,
    messages: tuple[Message, ...] = (),
    said: list[dict[str, Any]] | None = None,
    asked: list[dict[str, Any]] | None = None,
    turns: tuple[Message, ...] = (),
    calls: tuple[ToolCall, ...] = (),
    text: str = "Yes.",
    parts: tuple[Part, ...] = (),
    steps: tuple[StepStart, ...] = (),
    made: Made = "imported",
    **given: Any,
) -> Case:
    question = f"A question about {part}?"
    prompt = Prompt(
        messages=messages or (Message(role="user", content=question),),
        reference="A reference.",
        domain="facts",
        language="en",
        source=f"{part}:1",
        **given,
    )
    good = Response(
        prompt_id=prompt.prompt_id, text=text, turns=turns, tool_calls=calls, model="large", parts=parts, steps=steps,
        made=made,
    )  # fmt: skip
    bad = Response(prompt_id=prompt.prompt_id, text="No.", model="small")
    asked = asked or [turn("user", question)]
    return Case(part, prompt, good, bad, seen, asked, said or [turn("assistant", text)])


def _user(content: str, **more: Any) -> Message:
    return Message(role="user", content=content, **more)


def _arguments(part: str, text: str, read: Any, *seen: str) -> Case:
    said = [turn("assistant", "", tool_calls=[call(read, id="c1")])]
    calls = (ToolCall(name="set_level", arguments=text, id="c1"),)
    return _case(part, *seen, text="", calls=calls, tools=TOOLS, said=said)


def cases() -> list[Case]:
    """Give a case for each part."""
    asked, result = (
        Message(
            role="assistant",
            tool_calls=(ToolCall(name="set_level", arguments='{"at":1}', id="c1"),),
        ),
        Message(role="tool", content="It is at one.", tool_call_id="c1", name="set_level"),
    )
    told = [
        turn("assistant", "", tool_calls=[call({"at": 1}, id="c1")]),
        turn("tool", "It is at one.", tool_call_id="c1", name="set_level"),
    ]
    pieces = (Part(type="text", text="Two "), Part(type="text", text="pieces?"))
    image = (Part(type="text", text="What is it?"), Part(type="image", image="cat.png"))
    return [
        _case("text of any script", ODD, messages=(_user(ODD),), text=ODD, asked=[turn("user", ODD)]),
        _case("an empty response", text=""),
        _case(
            "text in pieces", "Two pieces?", messages=(Message(role="user", parts=pieces),),
            asked=[turn("user", "Two pieces?")],
        ),
        _case(
            "a system turn", "Be brief.",
            messages=(Message(role="system", content="Be brief."), _user("Why?")),
            asked=[turn("system", "Be brief."), turn("user", "Why?")],
        ),
        _case(
            "documents", "Invoice 4471 was paid.", "Invoice 9 is open.",
            contexts=("Invoice 4471 was paid.", "Invoice 9 is open."),
            asked=[
                turn("system", "Document 1:\nInvoice 4471 was paid.\n\nDocument 2:\nInvoice 9 is open."),
                turn("user", "A question about documents?"),
            ],
        ),
        _case(
            "several turns before", "How old is it?",
            messages=(_user("My tree is bare."), Message(role="assistant", content="How old is it?"), _user("Two.")),
            asked=[turn("user", "My tree is bare."), turn("assistant", "How old is it?"), turn("user", "Two.")],
        ),
        _case(
            "a beginning", "The answer is: ",
            messages=(_user("Is it?"), Message(role="assistant", content="The answer is: ")),
            asked=[turn("user", "Is it?")], said=[turn("assistant", "The answer is: Yes.")],
        ),
        _case("a speaker's name", "Ada", messages=(_user("Is it?", name="Ada"),), asked=[turn("user", "Is it?", name="Ada")]),
        _case("an image", "What is it?", messages=(Message(role="user", parts=image),), asked=[turn("user", "What is it?")]),
        _case("tools that may be called", "set_level", tools=TOOLS),
        _case(
            "a call and its result before", '{"at":1}', "It is at one.", messages=(_user("Where?"), asked, result),
            asked=[turn("user", "Where?"), *told],
        ),
        _case(
            "a response of several turns", "Which one?", "The left one.",
            turns=(Message(role="assistant", content="Which one?"), _user("The left one.")),
            said=[turn("assistant", "Which one?"), turn("user", "The left one."), turn("assistant", "Yes.")],
        ),
        _case(
            "a response with calls and results", '{"at":1}', "It is at one.", turns=(asked, result), tools=TOOLS,
            said=[*told, turn("assistant", "Yes.")],
        ),
        _case(
            "an image in a response", "Here it is:", "(an image that is not shown here)",
            parts=(Part(type="text", text="Here it is:"), Part(type="image", image="cat.png")), text="Here it is:",
            said=[turn("assistant", "Here it is:")],
        ),
        _case(
            "steps of a response", "It is at one.", turns=(asked, result), tools=TOOLS,
            steps=(StepStart(turn=0), StepStart(turn=2), StepStart(turn=2, character=2)), made="refined", said=[*told, turn("assistant", "Yes.")],
        ),
        _arguments("a call", '{"at":[1,null,"né"],"on":true,"by":-2.5e-3}', {"at": [1, None, "né"], "on": True, "by": -0.0025}, "né"),
        _arguments("a whole number of 64 bits", '{"at":9223372036854775807}', {"at": 9223372036854775807}, "9223372036854775807"),
        _arguments("a whole number of 23 digits", '{"at":12345678901234567890123}', None, "12345678901234567890123"),
        _arguments("a fraction of 15 digits", '{"at":3.14159265358979}', {"at": 3.14159265358979}, "3.14159265358979"),
        _arguments("a fraction of 20 digits", '{"at":0.12345678901234567891}', None, "0.12345678901234567891"),
        _arguments("NaN", '{"at":NaN}', None, "NaN"),
        _arguments("a key that comes twice", '{"at":1,"at":2}', None, '{"at":1,"at":2}'),
        _arguments("arguments that are no JSON", "at one, please", "at one, please", "at one, please"),
        _arguments("no arguments", "{}", {}),
    ]  # fmt: skip


def publish_cases(folder: Path, only: Sequence[str] = ()) -> Warehouse:
    """Publish all cases, or some, as preferences@1 of a new warehouse; the second stands in the split for testing."""
    warehouse = Warehouse.open(WarehouseSettings(path=folder))
    staging = Staging(folder / "staging" / RUN_ID)
    all_cases = [case for case in cases() if not only or case.part in only]
    votes = [_vote(case) for case in all_cases]
    staging.write(Prompt, [case.prompt for case in all_cases])
    staging.write(Response, [r for case in all_cases for r in (case.good, case.bad)])
    staging.write(Comparison, [case.comparison() for case in all_cases])
    staging.write(Judgment, votes)
    staging.write(Label, [_label(case) for case in all_cases])
    staging.write(
        Annotator,
        [Annotator(run_id=RUN_ID, annotator_id=WHO, kind="llm", n_judgments=len(votes), n_invalid=0, weight=2.2)],
    )  # fmt: skip
    staging.write(Preference, [_preference(case, vote, i) for i, (case, vote) in enumerate(zip(all_cases, votes, strict=True))])  # fmt: skip
    now = datetime(2026, 1, 2, tzinfo=UTC)
    run = Run(
        run_id=RUN_ID, name="spoken", code_version="0.1.0", started_at=now, finished_at=now, settings="{}",
        inputs="{}", models=(), counts=(),
    )  # fmt: skip
    publish(warehouse, staging, run, "preferences", audit(staging, warehouse))
    return warehouse


def _verdict(case: Case) -> str:
    return "a" if case.comparison().response_ids[0] == case.good.response_id else "b"


def _vote(case: Case) -> Judgment:
    fields = {"comparison_id": case.comparison().comparison_id, "annotator_id": WHO, "kind": "llm"}
    return Judgment.model_validate(fields | {"order": "ab", "verdict": _verdict(case)})


def _label(case: Case) -> Label:
    p = {"p_a": 0.05, "p_b": 0.05, "p_tie": 0.05, f"p_{_verdict(case)}": 0.9}
    fields = {"run_id": RUN_ID, "comparison_id": case.comparison().comparison_id, "method": "votes"}
    return Label.model_validate(fields | {"n_judgments": 1, "agreement": 1.0} | p)


def _preference(case: Case, vote: Judgment, number: int) -> Preference:
    return Preference(
        release="preferences@1",
        preference_id=case.preference_id(),
        comparison_id=case.comparison().comparison_id,
        prompt_id=case.prompt.prompt_id,
        chosen_id=case.good.response_id,
        rejected_id=case.bad.response_id,
        is_tied=False,
        confidence=0.9,
        margin=0.85,
        evidence=(vote.judgment_id,),
        split="test" if number == 1 else "train",
    )
