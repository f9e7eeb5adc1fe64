"""The extension's side of the wire: what to do next (machine), the worker's process, why it ended. No bpy here."""
