"""What both sides share: the scene bundle. Standard library and numpy only."""
