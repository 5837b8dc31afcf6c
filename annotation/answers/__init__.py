"""What the final answer of a response is, and whether two answers are the same."""
