"""What the commands about models have in common: the store, and how downloads are shown."""
