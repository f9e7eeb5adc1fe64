"""The worker: a process that places objects for a client at the other end of its standard input and output.

Nothing here imports torch before the client was greeted.
"""
