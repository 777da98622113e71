"""What a start shows and checks before there is a page: its port, what it waits for, and who holds what it needs."""
