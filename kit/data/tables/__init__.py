"""Tables from files: parquet, CSV, feather and .h5ad behind one interface."""
