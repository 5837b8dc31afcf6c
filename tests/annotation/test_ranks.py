from winnow.annotation.ranks import best_first, in_order, ranked_pairs, ranks_of


def test_each_two_get_a_verdict_that_names_the_response_not_its_place() -> None:
    found = {
        p.comparison.response_ids: (p.order, p.verdict)
        for p in ranked_pairs("p", ["z", "x", "y"], {"x": 1, "y": 2, "z": 2})
    }
    assert found == {("x", "z"): ("ba", "a"), ("y", "z"): ("ba", "tie"), ("x", "y"): ("ab", "a")}


def test_responses_of_a_shared_rank_stand_in_the_order_of_their_ids() -> None:
    assert best_first({"y": 2, "z": 1, "x": 2}) == ("z", "x", "y")


def test_an_order_is_written_down_and_read_again_ties_included() -> None:
    tied, strict = {"y": 2, "z": 1, "x": 2}, {"y": 3, "z": 1, "x": 2}
    assert in_order(tied) == {"ranking": ("z", "x", "y"), "ranks": (1, 2, 2)}
    assert in_order(strict) == {"ranking": ("z", "x", "y"), "ranks": None}
    for rank in (tied, strict):
        assert ranks_of(**in_order(rank)) == rank
