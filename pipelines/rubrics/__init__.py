"""Rows of rubrics: derived from comparisons, proven on others."""
