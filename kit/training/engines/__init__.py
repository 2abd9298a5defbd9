"""Where the fits of a run are carried out: processes of this machine, or workers of a Dask cluster."""
