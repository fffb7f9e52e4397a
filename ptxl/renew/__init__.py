"""A form that exists → a pristine one with its answers: fill, repair, upgrade."""
