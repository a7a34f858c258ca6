"""How a slot is filled: one provider made from its table, and the chain that it stands in."""
