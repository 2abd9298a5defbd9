"""One table of what the kit costs beside what else does the same, measured in turns in one call: ``make bench``."""
