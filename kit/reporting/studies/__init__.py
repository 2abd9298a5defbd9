"""A study as a page: its best values, whether they are more than luck, and what the trials say of each value."""
