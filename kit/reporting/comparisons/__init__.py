"""A comparison as a page: which recipe is best, by how much, where, at what cost."""
