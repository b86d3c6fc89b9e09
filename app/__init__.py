"""The nnviz application: PySide6 and pyqtgraph windows over the nnviz library."""
