"""Real wells of Cell Painting and of a protein panel: their tables, and how well replicates and mechanisms are found."""
