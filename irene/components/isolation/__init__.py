"""Providers in supervised worker processes: what dies there costs one retry, and nothing here."""
