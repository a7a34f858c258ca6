"""How the figures of the targets are obtained, each function in a process of its own."""
