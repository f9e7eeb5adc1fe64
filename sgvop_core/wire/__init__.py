"""What both sides share: the scene bundle and the messages. Standard library and numpy only."""
