"""Numbers and names that a page shows only in part; a builtin, so templates need no {% load %}."""

from django import template

from applicants.identity import masks

register = template.Library()


@register.filter
def mask_document(number: str | None) -> str:
    return masks.mask_number(number) if number else ""


@register.filter
def mask_phone(phone: str | None) -> str:
    return masks.mask_phone(phone) if phone else ""


@register.filter
def mask_name(name: str | None) -> str:
    return masks.mask_name(name) if name else ""
