"""What the counter shows of people, accounts and institutions, collected."""

from applicants.accounts import admin as accounts
from applicants.records import admin as records

__all__ = ["accounts", "records"]
