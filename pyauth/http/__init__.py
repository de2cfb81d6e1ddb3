"""The HTTP half: endpoints, calls, the pipeline and everything that guards it."""
