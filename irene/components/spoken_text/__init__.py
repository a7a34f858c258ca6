"""Written text on its way to a voice: cut into sentences, and spelled as it is said."""
