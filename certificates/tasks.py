"""The making of PDFs as background work."""

from celery import shared_task

from certificates import making


@shared_task(name="certificates.tasks.make_certificates")
def make_certificates() -> dict[str, int]:
    """Make the PDF of every issued certificate that has none."""
    return making.make_certificates()
