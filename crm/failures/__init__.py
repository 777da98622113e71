"""What is answered, and what the log says, when a request cannot be answered as asked."""
