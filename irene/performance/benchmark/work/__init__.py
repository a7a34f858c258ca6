"""The real parts of an assistant, each as work that can be repeated."""
