"""The slots of the assistant, each filled by the providers that the configuration names."""
