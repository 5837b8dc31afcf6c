"""Judging that goes ahead: what the steps after `sample` ask is asked while `sample` is still at work."""
