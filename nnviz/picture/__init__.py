"""Geometry and pixels: arrays in, arrays out."""
