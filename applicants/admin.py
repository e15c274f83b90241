"""What the counter shows of people, accounts and institutions, collected."""

from applicants.accounts import admin as accounts

__all__ = ["accounts"]
