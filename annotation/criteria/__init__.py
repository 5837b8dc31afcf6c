"""Criteria as models are asked about them, and what their verdicts add up to."""
