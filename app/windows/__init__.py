"""The three front ends: wiring only."""
