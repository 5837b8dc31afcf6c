import asyncio

from winnow.pipelines.inference.connections import connected
from winnow.pipelines.inference.models import OpenAIModel

SETTINGS = OpenAIModel(model="m", urls=("http://127.0.0.1:1/v1",))


def test_calls_at_a_time_share_no_client_and_calls_one_after_the_other_do() -> None:
    async def lend() -> None:
        async with connected(SETTINGS, "far") as connections:
            with connections.lend() as first, connections.lend() as second:
                assert first is not second
            with connections.lend() as again, connections.lend() as other:
                assert {again, other} == {first, second}
        assert first.is_closed
        assert second.is_closed

    asyncio.run(lend())
