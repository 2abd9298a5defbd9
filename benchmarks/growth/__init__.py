"""How a whole run of the linear recipe grows with rows and targets, within a limit of memory."""
