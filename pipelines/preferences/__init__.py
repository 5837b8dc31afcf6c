"""What the step `assemble` is made of: which labels become preferences, and the split of each prompt."""
