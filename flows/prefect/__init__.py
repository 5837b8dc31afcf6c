"""Prefect's server: one that is configured, or one for a single run."""
