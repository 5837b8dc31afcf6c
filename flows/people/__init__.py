"""People's queues, joined with the warehouse."""
