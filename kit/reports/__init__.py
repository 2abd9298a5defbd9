"""What a person reads: tables of scores."""
