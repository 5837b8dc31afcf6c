"""Constraints on the form of a response that a program can check, as instruction-following data sets have them."""
