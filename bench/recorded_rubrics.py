"""What judges gain by questions that they wrote themselves, from the recorded votes of the development set llmbar.

usage: python -m bench.recorded_rubrics

Each of six models wrote questions for each of 193 prompts, and judged the two responses with and without them, in both orders.
The questions are rubrics here, one for each prompt, and are proven without asking anybody.
"""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from bench._history import keep
from bench._llmbar import stage_llmbar
from bench.labels import shared_folder
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.rubrics.proving import prove_staged


def main() -> None:
    """Measure and print."""
    folder = shared_folder() / "data" / "llmbar"
    with TemporaryDirectory() as root:
        staging, baselines = stage_llmbar(folder, Path(root))
        division = held_out(staging)
        proven = prove_staged(staging, division, ProofThresholds(), "bench", baselines=baselines)
    for gain in proven.gains:
        print(gain)
    whole = [p for p in proven.proofs if p.criterion_id is None and p.annotator_id is None]
    n_for = Counter(p.reason or "kept" for p in whole)
    print(f"{len(whole):,} rubrics: {dict(n_for)}")
    print(f"such as: {whole[0].detail}")
    best = max(gain.gain.value for gain in proven.gains)
    keep("largest gain in accuracy of a judge by its own questions over 1", best)


if __name__ == "__main__":
    main()
