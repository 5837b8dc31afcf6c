"""A rubric in the terminal."""

from rich.console import Console

from winnow.reports.terminal.rubrics import RubricLine, rubric_view
from winnow.schemas.rubrics import MeasuredFigure, Proof, ProofControls, Rubric, SetOfSize

RUBRIC = Rubric(rubric_id="r" * 64, name="units", domain="physics", source="ann")
FIGURE = MeasuredFigure(value=0.7, low=0.6, high=0.8, n=40)
SIZES = (
    SetOfSize(n_criteria=1, best=FIGURE, random=FIGURE, over_random=FIGURE, ties=0.5),
    SetOfSize(n_criteria=2, best=FIGURE, random=FIGURE, ties=0.25),
)


def shown(controls: ProofControls | None) -> str:
    proof = Proof(
        run_id="run", rubric_id="r" * 64, n_comparisons=40, is_kept=True, controls=controls
    )
    console = Console(width=200, record=True, file=None)
    with console.capture() as said:
        console.print(rubric_view(RubricLine("units@1", RUBRIC, 2, proof, "in force"), None, []))
    return said.get()


def test_sets_of_criteria_stand_beside_random_ones_and_length() -> None:
    controls = ProofControls(sizes=SIZES, length=FIGURE, over_length=FIGURE, matched=FIGURE)
    said = shown(controls)
    (first,) = (line for line in said.splitlines() if line.startswith("1 criterion"))
    assert first.split("  ")[1:] != []
    assert "0.70 (0.60 to 0.80)" in first and "+0.70 (+0.60 to +0.80)" in first and "0.50" in first
    assert "right in 0.70 (0.60 to 0.80) with lengths matched" in said
    assert "exchanged labels" not in said


def test_what_came_from_exchanged_labels_has_a_column() -> None:
    sizes = (SIZES[0].model_copy(update={"flipped": FIGURE}), SIZES[1])
    said = shown(ProofControls(sizes=sizes, n_flipped=1, flipped_overlap=1.0))
    assert "exchanged labels" in said
    assert "length alone" not in said


def test_a_proof_without_controls_shows_none() -> None:
    assert "best over random" not in shown(None)
