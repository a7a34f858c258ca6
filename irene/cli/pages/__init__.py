"""Reference pages whose tables, or that as a whole, are written from the code."""
