"""Submission → CheckedSubmission; approved exceptions. The door of this folder."""

from ptxl.check.submission import check_file_name, check_submission, type_values

__all__ = ["check_file_name", "check_submission", "type_values"]
