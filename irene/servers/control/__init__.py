"""The control socket: what people and programs ask a running assistant for."""
