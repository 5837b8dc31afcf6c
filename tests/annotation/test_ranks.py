from winnow.annotation.ranks import best_first, ranked_pairs


def test_each_two_get_a_verdict_that_names_the_response_not_its_place() -> None:
    found = {
        p.comparison.response_ids: (p.order, p.verdict)
        for p in ranked_pairs("p", ["z", "x", "y"], {"x": 1, "y": 2, "z": 2})
    }
    assert found == {("x", "z"): ("ba", "a"), ("y", "z"): ("ba", "tie"), ("x", "y"): ("ab", "a")}


def test_responses_of_a_shared_rank_stand_in_the_order_of_their_ids() -> None:
    assert best_first({"y": 2, "z": 1, "x": 2}) == ("z", "x", "y")
