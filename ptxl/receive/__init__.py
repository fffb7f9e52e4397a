"""A file from outside → bytes worth opening, or a refusal; and the workers that open it."""
