"""Prompts that nearly say the same: who is near to whom, and how near."""

from winnow.pipelines.near.neighbours import Neighbours
from winnow.pipelines.near.texts import read_texts

__all__ = ["Neighbours", "read_texts"]
