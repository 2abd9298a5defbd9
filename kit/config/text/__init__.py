"""YAML as text: nodes with the file and line they come from, mistakes reported there, edits that keep comments."""
