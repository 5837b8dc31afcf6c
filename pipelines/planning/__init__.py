"""What a run would ask, found by going through its steps without a model."""
