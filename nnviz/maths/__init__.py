"""A multilayer perceptron in NumPy, written to be read; the oracle that Keras is held against."""
