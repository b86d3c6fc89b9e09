"""Learning: the compiled Keras step, the engine that pulls it, and the records it gives."""
