"""The pipeline: propose, score, evolve, polish, check, rank."""
