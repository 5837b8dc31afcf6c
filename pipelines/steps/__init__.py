"""The steps of a run, a file each: what a step reads, what it adds, what it rejects."""
