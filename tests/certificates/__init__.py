"""Certificates: issuing, ending, verification, collection, exports."""
