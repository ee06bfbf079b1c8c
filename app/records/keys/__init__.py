"""Keys of organisations, as far as rows tell: what each wraps, rotation, and destruction by two."""
