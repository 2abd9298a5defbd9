"""From predictions to scores: every member row by row, floors and ceilings, contributions to a blend, summaries."""
