"""What is hidden in a file: findings, its text, and a cleaned copy, made in the sandbox."""
