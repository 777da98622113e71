from __future__ import annotations

from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.login.tokens import DEFAULT_DAYS, create_token
from crm.models import Scope, User


class Command(BaseCommand):
    help = "Makes a personal token for the API and prints it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="Whose token it is: a tool with it acts as this user.")
        parser.add_argument("--name", default="Made on the command line", help="What it is for.")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE, help="Whether it may write.")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="Until it expires, at most 365.")

    def handle(self, *args: object, email: str, name: str, scope: str, days: int, **options: object) -> None:
        try:
            user = User.objects.get_by_natural_key(email)
            _, secret = create_token(user=user, name=name, scope=scope, days=days)
        except User.DoesNotExist as error:
            raise CommandError(f"Nobody here signs in as {email}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        # Alone on its line, so that a script may take it as it is.
        self.stdout.write(secret)
