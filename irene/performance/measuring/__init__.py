"""How figures are taken: processes of their own, the machine, the spread of repeats."""
