"""Real wells of Cell Painting and of a protein panel: their tables, and how replicates and mechanisms are found."""
