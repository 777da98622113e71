"""HTTP alone, for WSGI workers beside the ASGI process that holds the sockets; they share events over REDIS_URL."""

import os

from django.core.wsgi import get_wsgi_application

from crm.handler import spare_the_collector

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()
spare_the_collector()
