"""Places: where what a run keeps lies, by address, and what they promise of files and locks."""
