"""Prompts that nearly say the same: who is near to whom, and how near."""

from winnow.pipelines.near.neighbours import Neighbours, near_prompts
from winnow.pipelines.near.texts import plain_text, similarity

__all__ = ["Neighbours", "near_prompts", "plain_text", "similarity"]
