"""What the worker runs on: an environment made here, a Python of the user's, or a command. No bpy below this package.

An environment is a folder of packages, run by Blender's own Python with nothing else on its path, not a venv: Blender's
Python is there on every machine, its version is known beforehand (3.11 up to Blender 5.0, 3.13 from 5.1 on), so that
wheels can be locked; and a venv breaks when Blender is updated, moved or mounted elsewhere (snap, portable copies),
needs files that some of Blender's Pythons lack, and adds nothing that the worker uses.
"""
