"""Generated parts of the documentation: read from the firmware's own tables by its own interpreter."""
