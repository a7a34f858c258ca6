"""What irene costs, and how well it hears and chooses: measured at length."""
