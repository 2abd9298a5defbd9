"""Builders of chemical structures: fingerprints and descriptors of SMILES."""
