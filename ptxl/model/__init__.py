"""What flows through the program, frozen: form, layout, submission, findings, refusals, errors."""
