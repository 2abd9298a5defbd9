"""How files, presets and `--set` are laid over one another, and where in a recipe plug-ins stand."""
