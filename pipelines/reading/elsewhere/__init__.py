"""Elsewhere: large files are read in ranges by other processes, and taken in here in the order of their rows."""
