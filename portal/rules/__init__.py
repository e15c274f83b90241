"""The law as code: standard library only, no clock, no database, no framework. Start at README.md."""
