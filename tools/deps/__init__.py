"""What comes from elsewhere: MicroPython modules for the tests, fetched by hash (stage.py), and the lock files (lock.py)."""
