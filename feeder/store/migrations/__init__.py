"""How stores of older versions are brought up to date, one step a file."""
