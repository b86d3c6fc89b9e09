"""nnviz: see a neural network think and learn. This package holds the library; it imports no Qt."""

__version__ = "0.1.0"
