"""The assistant in the foreground: how a run goes, what it prints, how it ends."""
