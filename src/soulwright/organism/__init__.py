"""The embedded organism: a tiny closed world, a base model that lives in it, its teacher and its judge."""
