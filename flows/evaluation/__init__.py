"""Judges measured on what is labelled."""
