"""The lecture course: a lesson a file."""
