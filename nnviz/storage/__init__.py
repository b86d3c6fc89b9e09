"""What is kept on disk: models and runs."""
