"""Looking at what runs: the assistant, and programs that measure themselves."""
