from winnow.flows.terminal.waiting import Waiting
from winnow.pipelines.inference.notices import Notice

DOWN = Notice(what="waiting", text="for http://a: down")
DOWN_STILL = Notice(what="waiting", text="for http://a: down, 15 s so far")


def test_a_wait_is_said_at_once_again_at_intervals_and_when_it_is_over() -> None:
    waiting = Waiting()
    told = {
        now: [f"{n.what} {n.text}" for n in waiting.due(notices, now)]
        for now, notices in [
            (0.0, {}),
            (1.0, {"w": DOWN}),
            (2.0, {"w": DOWN}),
            (16.0, {"w": DOWN_STILL}),
            (40.0, {"w": DOWN_STILL}),
            (46.0, {"w": DOWN_STILL}),
            (51.0, {}),
            (52.0, {}),
        ]
    }
    said = {now: lines for now, lines in told.items() if lines}
    assert said == {
        1.0: ["waiting for http://a: down"],
        16.0: ["waiting for http://a: down, 15 s so far"],
        46.0: ["waiting for http://a: down, 15 s so far"],
        51.0: ["going on after waiting for 50 s"],
    }


def test_what_is_said_once_is_not_repeated_nor_ended() -> None:
    waiting = Waiting()
    slow = Notice(what="note", text="raise timeout_s", is_once=True)
    assert list(waiting.due({"w": slow}, 0.0)) == [slow]
    assert list(waiting.due({"w": slow}, 60.0)) == []
    assert list(waiting.due({}, 61.0)) == []


def test_a_wait_whose_text_stays_the_same_is_said_again_with_its_seconds() -> None:
    waiting = Waiting()
    loading = {"w": Notice(what="starting", text="vLLM with tiny")}
    assert [n.text for n in waiting.due(loading, 0.0)] == ["vLLM with tiny"]
    assert [n.text for n in waiting.due(loading, 20.0)] == ["vLLM with tiny, 20 s so far"]


def test_what_a_worker_does_next_is_said_at_once() -> None:
    waiting = Waiting()
    loading = Notice(what="starting", text="the engine")
    assert list(waiting.due({"w": loading}, 0.0)) == [loading]
    assert list(waiting.due({"w": DOWN}, 1.0)) == [DOWN]
