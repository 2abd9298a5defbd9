"""Submissions: the check, the file, the ledger."""

from kit.submission.check import check_submission
from kit.submission.ledger import LedgerEntry
from kit.submission.write import WrittenSubmission, submission_path, write_submission

__all__ = ["LedgerEntry", "WrittenSubmission", "check_submission", "submission_path", "write_submission"]
