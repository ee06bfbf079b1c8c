"""What leaves or is shown instead of a file: its pages as pictures, and marked copies."""
