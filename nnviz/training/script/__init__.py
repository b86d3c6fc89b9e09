"""The parts of a Keras script, by concern; put together by ``nnviz.training.keras_script``."""
