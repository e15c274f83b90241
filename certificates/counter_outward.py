"""What the outward part of certificates adds to the counter: deeds and looks in words."""

QUEUES = ()

WORDS: dict[str, str] = {}
LOOKS = {
    "certificate.verified": "公开查验证书",
}
