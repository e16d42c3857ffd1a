"""Pictures of matrices: letters, panels, logos."""
