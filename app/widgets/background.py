"""The helper for work outside the GUI thread, under the name that widgets know it by."""

from app.background import Background, Work

__all__ = ["Background", "Work"]
