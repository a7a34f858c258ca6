"""Chaos: an assistant hears hours of commands while its parts go wrong, and none may be lost."""
