"""A disk that fails: every write, rename, sync and read of a command fails or kills it once; the command then goes on.

``python -m tests.faults`` tries every one of them; the tests try a sample.
"""
