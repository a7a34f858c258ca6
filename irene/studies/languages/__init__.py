"""How well spoken languages are told apart, and where one changes into another."""
