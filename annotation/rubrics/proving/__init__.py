"""What held-out comparisons say of rubrics and criteria, and whether they may be used: arrays in, proofs out."""
