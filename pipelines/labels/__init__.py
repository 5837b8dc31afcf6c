"""What labels follow from: votes, verdicts that combine ratings, what people verified; and what follows from labels."""
