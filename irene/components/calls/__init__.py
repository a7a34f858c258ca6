"""Calls of engines that may never return: their limits, and how each is left when it hangs."""
