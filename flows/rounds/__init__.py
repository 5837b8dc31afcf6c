"""People and models in turns."""
