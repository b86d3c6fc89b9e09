"""Widgets: one a file; values in by setters, wishes out by signals; none knows the Session."""
