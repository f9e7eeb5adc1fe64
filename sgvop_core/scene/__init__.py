"""What is in the world: objects, meshes, cameras, lights; reading, writing and asking about their geometry."""
