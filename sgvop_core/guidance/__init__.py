"""What the prompt wants, as terms of one objective."""
