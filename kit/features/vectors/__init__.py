"""Vectors from elsewhere: tables of precomputed embeddings, and the texts they belong to."""
