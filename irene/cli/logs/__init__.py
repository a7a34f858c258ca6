"""The log of a run: events and records of libraries, as text or JSON, to a file or the journal."""
