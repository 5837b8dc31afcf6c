from winnow.annotation.aggregation.cycles import Beats, untangle


def link(winner: str, loser: str, evidence: float) -> Beats:
    return Beats(f"{winner}{loser}", winner, loser, evidence)


def test_preferences_without_a_circle_are_all_kept_strongest_first() -> None:
    links = [link("x", "y", 1), link("y", "z", 3), link("x", "z", 2)]
    found = untangle(links)
    assert found.kept == (links[1], links[2], links[0])
    assert found.cycles == ()


def test_circle_is_broken_at_its_weakest_link() -> None:
    weak = link("z", "x", 0.5)
    found = untangle([link("x", "y", 2), weak, link("y", "z", 1)])
    (cycle,) = found.cycles
    assert cycle.broken_at == weak
    assert cycle.responses == ("z", "x", "y")
    assert weak not in found.kept


def test_two_circles_on_one_weak_link_lose_that_link_only() -> None:
    links = [link("x", "y", 5), link("y", "z", 4), link("y", "w", 4), link("w", "z", 3)]
    found = untangle([*links, link("z", "x", 1)])
    assert len(found.cycles) == 1
    assert set(found.kept) == set(links)


def test_contradiction_between_two_comparisons_is_a_circle_of_two() -> None:
    found = untangle([Beats("1", "x", "y", 2), Beats("2", "y", "x", 1)])
    assert found.cycles[0].responses == ("y", "x")


def test_links_of_equal_evidence_are_taken_in_the_order_of_their_ids() -> None:
    links = [Beats(c, w, lo, 1) for c, w, lo in (("3", "z", "x"), ("1", "x", "y"), ("2", "y", "z"))]
    assert untangle(links).cycles[0].broken_at.comparison_id == "3"
