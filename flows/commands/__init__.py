"""The `winnow` command: a file a group of commands."""
