"""What a person sees in the terminal of what is published or measured."""
