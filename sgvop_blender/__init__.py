"""The Blender side: reads scenes from bpy and writes poses back. Never imports torch."""
