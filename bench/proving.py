"""What the proof of criteria lets through: real ones and false ones, against its own bound.

usage: python -m bench.proving [--seeds 50] [--comparisons 400]

Each seed draws 200 candidates, of which 20 predict the label; half of all go with the length of responses, which predicts the
label as well. The bound: in at most 1 of 20 draws any false one passes.
"""

import argparse
from collections import Counter

import numpy as np

from bench._candidates import Design, draw
from bench._history import keep
from winnow.annotation.rubrics.proving.prove import prove
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.schemas.measures.shares import exact

THRESHOLDS = ProofThresholds()


def kept_in(design: Design, seed: int) -> tuple[Counter[str], Counter[str]]:
    """Count candidates, and those that pass, by what they are: "real", "real, by length", "false", "false, by length"."""
    candidates = draw(design, seed)
    proofs = {
        p.criterion_id: p
        for p in prove([candidates.tried], THRESHOLDS, "bench")
        if p.annotator_id is None
    }
    n_of, n_kept = Counter[str](), Counter[str]()
    for i, criterion_id in enumerate(candidates.tried.criterion_ids):
        name = "real" if candidates.is_real[i] else "false"
        name += ", by length" if candidates.follows_length[i] else ""
        n_of[name] += 1
        n_kept[name] += proofs[criterion_id].is_kept
    return n_of, n_kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--comparisons", type=int, default=Design().n_comparisons)
    options = parser.parse_args()
    design = Design(n_comparisons=options.comparisons)
    n_of, n_kept, n_wrong = Counter[str](), Counter[str](), 0
    for seed in range(options.seeds):
        some, kept = kept_in(design, seed)
        n_of += some
        n_kept.update(kept)
        n_wrong += any(kept[name] for name in kept if name.startswith("false"))
    for name in sorted(n_of, reverse=True):
        print(
            f"{name:18} {n_kept[name]:6,} of {n_of[name]:6,} pass: {n_kept[name] / n_of[name]:.4f}"
        )
    low, high = exact(n_wrong, options.seeds, 0.95)
    print(
        f"a false one passes in {n_wrong} of {options.seeds} draws ({low:.3f} to {high:.3f}); "
        f"the bound says {THRESHOLDS.alpha:g} at most"
    )
    real = [name for name in n_of if name.startswith("real")]
    power = sum(n_kept[name] for name in real) / sum(n_of[name] for name in real)
    keep("real criteria that pass over all real ones", float(np.round(power, 4)))
    keep("draws in which a false criterion passes over all", n_wrong / options.seeds, at_most=0.05)


if __name__ == "__main__":
    main()
