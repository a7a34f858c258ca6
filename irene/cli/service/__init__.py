"""Installing an assistant as a service of the system: units, property lists, where they lie."""
