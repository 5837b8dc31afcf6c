"""A run from prompts to a published release."""
