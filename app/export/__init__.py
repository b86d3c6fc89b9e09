"""The network out of the window: pictures (PNG, SVG, PDF) and films of a step (GIF, MP4)."""
