from django.apps import AppConfig


class ApplicantsConfig(AppConfig):
    name = "applicants"
    verbose_name = "参评人员与机构"

    def ready(self) -> None:
        """The part of people and accounts at the counter."""
        from applicants import counter
        from portal.counter.parts import contribute

        contribute(counter)
