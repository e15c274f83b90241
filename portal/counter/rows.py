"""Lists of the counter: rows are read here and change by actions only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, ForeignKey, Model
from django.http import Http404, HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

A_PAGE = 50


def as_key(text: str) -> UUID:
    """The key in an address of admin's, which takes any text there; Http404 for what is no key."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


class LookOnly(admin.ModelAdmin):
    """`section` is its heading on the first page; `looks` the permission to read it, else the model's own `view_…`."""

    actions = None
    list_per_page = A_PAGE
    list_max_show_all = A_PAGE
    show_full_result_count = False
    section = "记录"
    looks = ""
    linked: tuple[str, ...] = ()
    """Lookups that pages of ours link to, beside those of `list_filter`."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask: else a column nobody shows could be felt out letter by letter."""
        name, _, how = lookup.partition("__")
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return True  # a filter of ours by its own name, or nonsense, which leads back to the list
        plain = {"", "exact", "isnull"} | ({"gte", "lt"} if isinstance(field, DateField) else set())
        if isinstance(field, ForeignKey):
            plain.add(f"{field.target_field.name}__exact")
        return lookup in self.linked or (name in self.list_filter and how in plain)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(self.looks) if self.looks else super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def urls_for(self, *routes: tuple[str, Callable[..., Any], str]) -> list[Any]:
        """Addresses of ours, (route, view, name), each behind `admin_view`; put them before the library's."""
        return [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in routes]


class RowsInline(admin.TabularInline):
    """Rows that belong to another, to read."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


def link(name: str, key: Any, words: object) -> SafeString:
    """A link to one of the counter's pages."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{name}", args=[key]), words)
