from tests.pipelines.inference.asking import FREE, GREEDY, ask
from tests.pipelines.toy import TOY
from winnow.pipelines.asking.sample_reader import SampleReader
from winnow.schemas.prompts import Message, ToolCall

SLY = 'x","sample_index":7,"sampling":{"temperature":0},"y":"'
CALL = ToolCall(name="f", arguments='{"messages":[],"model":"m","sample_index":3}')


def test_samples_of_a_conversation_are_read_as_each_by_itself() -> None:
    asked = [
        *(ask(TOY, "one", sample_index=i) for i in range(3)),
        *(ask(TOY, "two", sample_index=i) for i in (2, 0)),
        ask(TOY, SLY, sample_index=4),
        ask(TOY, SLY),
        ask(TOY, SLY, sampling=GREEDY),
        ask(TOY, SLY, sampling=FREE, tools=SLY, sample_index=1),
        ask(TOY, SLY, sampling=FREE, tools=SLY, sample_index=12),
        ask(TOY, SLY, attempt=1, sample_index=12),
        TOY.ask(messages=(Message(role="assistant", tool_calls=(CALL,)),), sample_index=2),
        TOY.ask(messages=(Message(role="assistant", tool_calls=(CALL,)),), sample_index=3),
    ]
    read = SampleReader()
    found = [read(request.canonical(), request.request_id) for request in asked]
    assert found == asked
    assert [r.request_id for r in found] == [r.request_id for r in asked]
    assert [r.canonical() for r in found] == [r.canonical() for r in asked]
