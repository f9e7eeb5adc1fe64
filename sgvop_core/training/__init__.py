"""The guidance model that ships: its pictures, captions, training and export."""
