"""Names to objects: the only room that may import every adapter."""
