"""Searching the configuration by measured trials, and proposing what is proven better."""
