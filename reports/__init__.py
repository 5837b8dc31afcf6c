"""What people look at: pages, and tables in the terminal; with the words and plots that they share."""
