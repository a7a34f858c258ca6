"""Programs of any language as recogniser, voice or handler."""
