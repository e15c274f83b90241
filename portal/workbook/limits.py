"""How large a sheet may be. What has been refused is said with these figures; docs/adr/0060 gives the measurements."""

MEBIBYTE = 1024 * 1024

MAX_BYTES = 64 * MEBIBYTE
MAX_ROWS = 110_000
MAX_COLUMNS = 200
MAX_SHEETS = 100

# The sheets of a workbook are a ZIP of XML: so much of it, packed so tightly, is no sheet anybody typed.
MAX_PARTS = 2_000
MAX_UNPACKED_BYTES = 1024 * MEBIBYTE
MAX_RATIO = 200
RATIO_MATTERS_ABOVE_BYTES = 8 * MEBIBYTE

# Formula and error cells are remembered one by one.
MAX_SPECIAL_CELLS = 500_000

# Given to `confine()` for this job only.
CHILD_LIMITS = {
    "memory_bytes": 1536 * MEBIBYTE,
    "cpu_seconds": 120,
    "answer_bytes": 256 * MEBIBYTE,
}
CHILD_SECONDS = 240
