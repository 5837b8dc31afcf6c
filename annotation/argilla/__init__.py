"""What hosts Argilla on one machine; of the rest of the house it knows its errors."""
