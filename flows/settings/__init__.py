"""What settings files and the environment may say, and what is said of mistakes in them."""
