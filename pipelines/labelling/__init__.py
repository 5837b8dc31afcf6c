"""What the step `label` is made of: questions to judges, verifiers at work, and what both say."""
