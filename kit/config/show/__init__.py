"""A recipe shown: resolved with the origin of every value, and as JSON Schema for editors."""
