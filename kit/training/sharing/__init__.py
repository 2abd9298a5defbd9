"""A run that several processes carry out together, on one machine or many, in a folder that all of them see."""
